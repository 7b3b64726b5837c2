//! `docs/configuration.md`, written from the table of keys so that it cannot lag behind.

use std::fmt::Write;

use crate::keys::{Accepted, Fallback, KEYS, Key, UNUSED};

const INTRODUCTION: &str = "\
<!-- Written by `cargo xtask codegen` from crates/config/src/keys. Change it there. -->
# Configuration

Antiphon needs no configuration: every key has a default, and secrets are made at the first start and kept in
`secrets.env` in the data folder. What you do set is looked for in this order, and the first place that names a key counts:

1. flags of the command, such as `--port`
2. the environment of the process
3. the file `.env` in the working directory
4. `secrets.env` in the data folder, for the generated keys
5. the default

An empty value, `null` and `(empty)` mean \"not set\". `antiphon config:check` reports all mistakes at once, and
`antiphon config:show` prints every value with the place it comes from, without the secrets. A key that begins with
`ANTIPHON_`, `REVERB_` or `PUSHER_` and is not on this page is a mistake, and the server does not start with it: a
misspelled key must not silently leave a default in force.

## The `.env` file

The file follows the rules of phpdotenv, so that a Laravel application can share it:

- `NAME=value`, with an optional `export` in front. A name alone takes back an earlier value; the last of several counts.
- Without quotes a value ends at white space or at `#`. A value that contains one of them, or a password with a `#`,
  needs quotes.
- In `'single quotes'` everything is literal. In `\"double quotes\"` a backslash stands before `\"`, `\\`, `$`, `n`, `r`,
  `t`, `f` or `v`, and the value may span lines.
- `${NAME}` is replaced by that value, first from the environment and then from the lines above; `$NAME` is not replaced.

## Keys

";

/// The whole page as Markdown.
pub fn docs() -> String {
    let mut page = INTRODUCTION.to_owned();
    for key in KEYS {
        describe(&mut page, key).expect("writing to a string cannot fail");
    }
    page.push_str(
        "## Keys of a Laravel `.env` that have no effect here\n\n\
         Keys that do not begin with one of our prefixes are passed over without a word. These are known:\n\n\
         | key | may be | what happens |\n|---|---|---|\n",
    );
    for key in UNUSED {
        let accepted = match key.accepted {
            Accepted::Anything => "anything".to_owned(),
            Accepted::Notice(values) => format!("anything; a notice unless {}", code(values)),
            Accepted::Only([]) => "unset only".to_owned(),
            Accepted::Only(values) => format!("{} only", code(values)),
        };
        writeln!(page, "| `{}` | {accepted} | {} |", key.name, key.note)
            .expect("writing to a string cannot fail");
    }
    page
}

fn describe(page: &mut String, key: &Key) -> std::fmt::Result {
    writeln!(page, "### `{}`\n\n{}\n", key.name, key.doc)?;
    writeln!(page, "- Allowed: {}.", key.kind.allowed())?;
    match key.fallback {
        Fallback::Text("") => writeln!(page, "- Default: empty."),
        Fallback::Text(text) => writeln!(page, "- Default: `{text}`."),
        Fallback::Unset(meaning) => writeln!(page, "- Default: not set; {meaning}."),
        Fallback::Generated => writeln!(
            page,
            "- Default: made at random once and kept in `secrets.env`."
        ),
    }?;
    if key.secret {
        writeln!(page, "- Secret: it is never shown.")?;
    }
    writeln!(page)
}

fn code(values: &[&str]) -> String {
    values
        .iter()
        .map(|value| format!("`{value}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_in_the_repository_is_up_to_date() {
        let written = include_str!("../../../docs/configuration.md");
        assert!(
            written == super::docs(),
            "docs/configuration.md is stale: run `cargo xtask codegen`"
        );
    }
}
