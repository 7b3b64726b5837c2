//! Tests of this crate's public face.

mod corpus;
