//! The block at the bottom of a terminal while a build goes on: events in, a few lines out.
//!
//! ```text
//!     passed 2/9 http[vus=1] 5.1s, http_req_duration p95 2.45ms, 120.0/s (never built)
//!    running http[vus=10] ━━━━━━━━━━━━━━━━━━━━━━━━━────────── 12s/30s
//!            10 VUs, 118.0/s, p95 2.61ms, 0 % failed ▁▂▅▇▇█▇▇▆▇▇
//!      whole 2/9 done, about 3m20s to go
//! ```
//!
//! Where a command, a target or a lock is awaited, that stands in place of the run, with the last line that it printed.
//!
//! Lines of finished runs scroll by above the block and stay. The block is drawn anew over itself: [`Block`] knows
//! what to say, [`Canvas`] where it stands, also after the terminal became narrower.

mod block;
mod canvas;
mod line;
mod sparkline;
mod time_to_go;
mod waited;

pub(super) use block::{Block, figures};
pub(super) use canvas::Canvas;
