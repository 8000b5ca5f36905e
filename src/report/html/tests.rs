//! What the page holds, without a browser.
