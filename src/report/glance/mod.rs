//! A suite at a glance, as its page and its drawing see it: how cases stand, the figures by which they are compared, the
//! axes of a test, and where the knee of a sequence of loads is.

mod axes;
pub(super) mod figures;
mod sequences;
mod standing;

pub(super) use axes::{Axis, axes, label, load_axis};
pub(super) use sequences::{Placed, Sequence, load, sequences};
pub(super) use standing::{Standing, is_doubted};
