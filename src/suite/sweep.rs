//! `[test.sweep]`: which axes vary together, how many cases a test may have, and in which order its runs execute.

use super::model::Order;
use crate::base::document::Item;
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::table::{Fields, text};

/// What the table says.
#[derive(Debug, Clone, Default)]
pub(super) struct Sweep<'a> {
    /// As written: its axes are looked up once they are read.
    pub(super) zip: Option<&'a Item>,
    pub(super) max_cases: Option<u32>,
    pub(super) order: Option<Order>,
}

pub(super) fn read(item: &Item) -> Result<Sweep<'_>, Mistakes> {
    let mut fields = Fields::of_item(item)?;
    let max_cases = fields.count("max_cases", 1);
    let order = fields.read("order", order);
    let zip = fields.item("zip");
    fields.finish().or(Sweep { zip, max_cases, order })
}

fn order(item: &Item) -> Result<Order, Mistakes> {
    let word = text(item)?;
    Order::ALL.into_iter().find(|order| order.word() == word).ok_or_else(|| {
        let words = Order::ALL.map(Order::word);
        Mistake::at(&item.place, format!("unknown order `{word}`"))
            .label(format!("expected one of {}", words.join(", ")))
            .nearest(word, words)
            .into()
    })
}
