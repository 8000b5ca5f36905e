//! One build with every kind of secret, whose script and target tell them to everybody who listens.
