//! What a user does with the cases of a sweep.
