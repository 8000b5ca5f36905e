//! stub
pub mod expect;
pub mod options;
