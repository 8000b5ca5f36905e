//! A suite as one picture: its overview and throughput against latency, as SVG that needs no browser's script and no
//! font of its own.

mod axis;
mod block;
mod chapter;
mod heat;
mod ink;
mod plot;
mod scale;
#[cfg(test)]
mod tests;
mod verdict;

use super::view::SuiteView;
use super::xml::Xml;
use block::Block;
use ink::{MARGIN, WIDTH, number};

/// The suites below each other.
pub(super) fn svg(suites: &[&SuiteView]) -> Vec<u8> {
    let blocks: Vec<Block> = suites.iter().flat_map(|suite| chapter::of(suite)).collect();
    let height = number(blocks.iter().map(Block::height).sum::<f64>() + 2.0 * MARGIN);
    let width = number(WIDTH);
    let names: Vec<&str> = suites.iter().map(|suite| suite.title.as_str()).collect();
    let mut xml = Xml::new();
    xml.begin(
        "svg",
        &[
            ("xmlns", "http://www.w3.org/2000/svg"),
            ("width", &width),
            ("height", &height),
            ("viewBox", &format!("0 0 {width} {height}")),
            ("font-family", "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', Arial, sans-serif"),
            ("font-size", "12"),
            ("role", "img"),
        ],
    );
    xml.holding("title", &[], &format!("Load test results: {}", names.join(", ")));
    xml.empty("rect", &[("width", &width), ("height", &height), ("fill", ink::PAPER)]);
    let mut top = MARGIN;
    for block in &blocks {
        block.draw(&mut xml, top);
        top += block.height();
    }
    xml.finish()
}
