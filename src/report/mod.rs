//! What people and machines read: the console, files in `out/`, drawings of the graph.

pub mod aggregate;
pub mod assemble;
pub mod build_json;
pub mod console;
pub mod document;
pub mod drawing;
pub mod error;
mod escape;
pub mod github;
pub mod graph_view;
pub mod html;
mod json_layout;
mod judged;
mod listed;
mod live;
mod metric_lines;
pub mod observer;
pub mod output;
pub mod output_md;
mod over_trials;
pub mod overview;
mod placement;
mod paint;
pub mod planned_graph;
pub mod results_csv;
pub mod results_json;
mod rows;
mod result_numbers;
#[cfg(test)]
mod sample;
mod statistics;
pub mod summary_json;
pub mod text;
mod timeline;
mod value;
mod vanished;
pub mod view;
mod wording;
mod words;
mod xml;

pub use error::ReportError;
pub use listed::{refuse_others, remove_listed};
pub use output::{ExpectedCase, Written, expected_names, write, write_account, write_rendered};
pub use placement::{OutputFolder, refuse_links};
pub use result_numbers::{ResultNumber, numbers};
pub use statistics::in_order as statistics_in_order;
