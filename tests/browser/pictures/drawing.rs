//! A terminal's screen as SVG: a row is a few texts, each as wide as its cells.

use std::fmt::Write as _;

use vt100::{Cell, Color, Screen};

const WIDTH: f32 = 8.4;
const HEIGHT: u16 = 19;
const MARGIN: u16 = 16;
const FONT: &str = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace";
const PAPER: &str = "#10151d";
const INK: &str = "#d5dbe3";

/// Cells that look alike.
#[derive(PartialEq)]
struct Look {
    ink: &'static str,
    is_bold: bool,
}

impl Look {
    fn of(cell: &Cell) -> Self {
        let ink = match cell.fgcolor() {
            Color::Idx(1) => "#ff7b72",
            Color::Idx(2) => "#5fd38d",
            Color::Idx(3) => "#e3b341",
            Color::Idx(6) => "#56c8d8",
            _ => INK,
        };
        Self { ink, is_bold: cell.bold() }
    }
}

/// The rows of `screen` that say something, below the line that was typed.
pub(crate) fn draw(screen: &Screen, typed: &str) -> String {
    let columns = screen.size().1.get();
    let lines: Vec<String> = screen.rows(0, columns).collect();
    let used = lines.iter().rposition(|line| !line.trim().is_empty()).map_or(0, |last| last + 1);
    let rows = u16::try_from(used).expect("a screen has few rows");
    let width = f32::from(columns) * WIDTH + f32::from(2 * MARGIN);
    let height = (rows + 1) * HEIGHT + 2 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height}\" font-family=\"{FONT}\" \
         font-size=\"14\" style=\"white-space:pre\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{PAPER}\"/>\n"
    );
    text(&mut svg, (0, 0), typed, &Look { ink: INK, is_bold: true });
    for row in 0..rows {
        draw_row(&mut svg, screen, row, columns);
    }
    svg.push_str("</svg>\n");
    svg
}

fn draw_row(svg: &mut String, screen: &Screen, row: u16, columns: u16) {
    let mut column = 0;
    while column < columns {
        let Some(first) = screen.cell(row, column) else { return };
        let (begin, look) = (column, Look::of(first));
        let mut said = String::new();
        while let Some(cell) = screen.cell(row, column).filter(|cell| Look::of(cell) == look) {
            said.push_str(if cell.has_contents() { cell.contents() } else { " " });
            column += 1;
        }
        let indent = said.len() - said.trim_start().len();
        if !said.trim().is_empty() {
            let indent = u16::try_from(indent).expect("spaces of one row");
            text(svg, (row + 1, begin + indent), said.trim(), &look);
        }
    }
}

fn text(svg: &mut String, (row, column): (u16, u16), said: &str, look: &Look) {
    let x = f32::from(MARGIN) + f32::from(column) * WIDTH;
    let y = MARGIN + row * HEIGHT + 14;
    let length = said.chars().count() as f32 * WIDTH;
    let weight = if look.is_bold { " font-weight=\"700\"" } else { "" };
    let said = said.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y}\" textLength=\"{length:.1}\" lengthAdjust=\"spacingAndGlyphs\" \
         fill=\"{}\"{weight}>{said}</text>",
        look.ink
    );
}
