use super::*;
use proptest::prelude::*;

#[test]
fn placeholder() {}
