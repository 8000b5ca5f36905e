//! Real k6.
