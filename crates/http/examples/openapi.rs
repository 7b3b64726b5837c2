//! Prints the description of the API, for `cargo xtask codegen`.

#![expect(clippy::print_stdout, reason = "that is what it is for")]

fn main() {
    print!("{}", antiphon_http::openapi());
}
