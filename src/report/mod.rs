//! What people and machines read: the console, files in `out/`, drawings of the graph.

pub mod drawing;
pub mod graph_view;
pub mod view;
