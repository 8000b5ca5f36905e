//! A fake k6 that measures one iteration.
