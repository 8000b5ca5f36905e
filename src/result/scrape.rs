//! The scrape.
