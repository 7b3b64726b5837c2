//! Fixtures for the parser: what phpdotenv reads, what it refuses, and where errors point.

use proptest::prelude::*;

use super::*;

/// Parses with a small environment and gives name-value pairs.
fn parsed(text: &str) -> Vec<(String, Option<String>)> {
    parse(text, environment)
        .unwrap_or_else(|errors| panic!("{text:?}: {errors:?}"))
        .into_iter()
        .map(|entry| (entry.name, entry.value))
        .collect()
}

fn environment(name: &str) -> Option<String> {
    (name == "FROM_ENV").then(|| "outer".to_owned())
}

#[track_caller]
fn check(text: &str, expected: &[(&str, &str)]) {
    let expected: Vec<_> = expected
        .iter()
        .map(|&(name, value)| (name.to_owned(), Some(value.to_owned())))
        .collect();
    assert_eq!(parsed(text), expected, "{text:?}");
}

#[track_caller]
fn check_value(written: &str, expected: &str) {
    check(&format!("A={written}"), &[("A", expected)]);
    check(
        &format!("A={written}\nB=2\n"),
        &[("A", expected), ("B", "2")],
    );
    check(
        &format!("A={written}\r\nB=2\r\n"),
        &[("A", expected), ("B", "2")],
    );
}

#[track_caller]
fn check_error(text: &str, lines: &[usize]) {
    let errors = parse(text, environment).expect_err(text);
    let found: Vec<_> = errors.iter().map(|error| error.line).collect();
    assert_eq!(found, lines, "{text:?}: {errors:?}");
}

#[test]
fn names() {
    check(
        "A=1\nB_2=2\na.b=3",
        &[("A", "1"), ("B_2", "2"), ("a.b", "3")],
    );
    check(
        "export A=1\nexport\tB=2\n  export   C=3",
        &[("A", "1"), ("B", "2"), ("C", "3")],
    );
    check("exportA=1\nexport=2", &[("exportA", "1"), ("export", "2")]);
    check(
        "'A'=1\n\"B\"=2\nexport 'C'=3",
        &[("A", "1"), ("B", "2"), ("C", "3")],
    );
    check("  A  =  1  ", &[("A", "1")]);
    for text in [
        "=1",
        " = 1",
        "A B=1",
        "A-B=1",
        "É=1",
        "export A B=1",
        "\"A=1",
        "''=1",
        "A B",
    ] {
        check_error(text, &[1]);
    }
}

#[test]
fn a_name_alone_has_no_value() {
    assert_eq!(parsed("A"), [("A".to_owned(), None)]);
    assert_eq!(parsed("A=1\nexport A\n")[1], ("A".to_owned(), None));
    check_value("${GONE}", "${GONE}");
    assert_eq!(parsed("X=1\nX\nY=${X}")[2].1.as_deref(), Some("${X}"));
}

#[test]
fn blank_lines_and_comments() {
    check("", &[]);
    check("\n\n  \t\n# A=1\n   # B=2\n#\n", &[]);
    check("\u{feff}A=1", &[("A", "1")]);
    check("A=1\rB=2\r", &[("A", "1"), ("B", "2")]);
}

#[test]
fn unquoted_values() {
    check_value("", "");
    check_value("   ", "");
    check_value("plain", "plain");
    check_value(" plain \t ", "plain");
    check_value("base64:a+/b=", "base64:a+/b=");
    check_value("a=b=c", "a=b=c");
    check_value(
        "http://user@host:80/path?x=1&y=2",
        "http://user@host:80/path?x=1&y=2",
    );
    check_value("it's", "it's");
    check_value("say\"so\"", "say\"so\"");
    check_value(r"back\nslash\", r"back\nslash\");
    check_value("größe", "größe");
    check_value("(empty)", "(empty)");
    check_value("null", "null");
    for text in ["A=two words", "A=1 2", "A=1 'x'"] {
        check_error(text, &[1]);
    }
}

#[test]
fn comments_behind_values() {
    check_value("1 # one", "1");
    check_value("1\t#one", "1");
    check_value("# nothing", "");
    check_value("#", "");
    check_value("'1' # one", "1");
    check_value("\"1\"# one", "1");
    check_value("\"1 # one\"", "1 # one");
    check_value("'#1'", "#1");
}

/// Where phpdotenv cuts, we cut: an application that shares the file computes the same signatures.
#[test]
fn a_number_sign_ends_an_unquoted_value_as_in_phpdotenv() {
    check_value("secret#1", "secret");
}

#[test]
fn single_quotes_are_literal() {
    check_value("''", "");
    check_value(
        r#"'a \n $B ${FROM_ENV} "" \'"#,
        r#"a \n $B ${FROM_ENV} "" \"#,
    );
    check_value("'  padded  '", "  padded  ");
    for text in ["A='open", "A='a' b", "A='two\nlines'"] {
        let lines: &[usize] = if text.contains('\n') { &[1, 2] } else { &[1] };
        check_error(text, lines);
    }
}

#[test]
fn double_quotes_know_escapes() {
    check_value("\"\"", "");
    check_value("\"  padded  \"", "  padded  ");
    check_value(r#""a\nb\tc\rd\fe\vf""#, "a\nb\tc\rd\u{c}e\u{b}f");
    check_value(
        r#""say \"so\" \\ \$FROM_ENV \${FROM_ENV}""#,
        r#"say "so" \ $FROM_ENV ${FROM_ENV}"#,
    );
    check_value(r#""\nothing""#, "\nothing");
    check_value("\"it's größer\"", "it's größer");
    for text in [
        r#"A="\q""#,
        r#"A="\'""#,
        "A=\"\\",
        "A=\"\\\nB\"",
        "A=\"a\" b",
        "A=\"a\"b",
    ] {
        assert!(parse(text, environment).is_err(), "{text:?}");
    }
}

#[test]
fn double_quotes_span_lines() {
    check_value("\"one\ntwo\n\nfour\"", "one\ntwo\n\nfour");
    check_value("\"one\r\ntwo\"", "one\ntwo");
    check_value("\"\n# not a comment\nB=3\n\"", "\n# not a comment\nB=3\n");
    let entries = parse("A=\"1\n2\n3\" # three\nB=4", environment).unwrap();
    assert_eq!(
        entries.iter().map(|entry| entry.line).collect::<Vec<_>>(),
        [1, 4]
    );
}

#[test]
fn references() {
    check_value("${FROM_ENV}", "outer");
    check_value("\"a ${FROM_ENV} b\"", "a outer b");
    check_value("x${FROM_ENV}y${FROM_ENV}", "xouteryouter");
    check_value("$FROM_ENV", "$FROM_ENV");
    check_value("\"$FROM_ENV\"", "$FROM_ENV");
    check_value("$", "$");
    check_value("$$", "$$");
    check_value("${}", "${}");
    check_value("${FROM_ENV", "${FROM_ENV");
    check_value("${FROM-ENV}", "${FROM-ENV}");
    check_value("\"${FROM_ENV:-x}\"", "${FROM_ENV:-x}");
    check_value("${UNKNOWN}", "${UNKNOWN}");
    check_value("$${FROM_ENV}", "$outer");
    check("B=${A}\nA=1", &[("B", "${A}"), ("A", "1")]);
    check(
        "A=1\nB=${A}2\nC=${B}3",
        &[("A", "1"), ("B", "12"), ("C", "123")],
    );
    check(
        "FROM_ENV=inner\nB=${FROM_ENV}",
        &[("FROM_ENV", "inner"), ("B", "outer")],
    );
}

#[test]
fn a_replaced_reference_is_not_read_again() {
    check(
        "A='${FROM_ENV} # \"x'\nB=${A}",
        &[("A", "${FROM_ENV} # \"x"), ("B", "${FROM_ENV} # \"x")],
    );
}

#[test]
fn the_last_of_several_is_the_last_entry() {
    check("A=1\nA=2", &[("A", "1"), ("A", "2")]);
    check("A=1\nA=2\nB=${A}", &[("A", "1"), ("A", "2"), ("B", "2")]);
}

#[test]
fn every_error_names_its_line() {
    check_error("A=1\nB C=2\n\n=3\nD=4 5\n", &[2, 4, 5]);
    check_error("A=1\n\nB=\"open\nC=3\n", &[3]);
    check_error("A=\"1\n2\"\nB=3 4", &[3]);
}

#[test]
fn errors_do_not_repeat_values() {
    let errors = parse("A=hunter2 hunter3", environment).unwrap_err();
    assert!(!errors[0].to_string().contains("hunter"), "{errors:?}");
}

#[test]
fn sizes_are_bounded() {
    let long = format!("A='{}'", "x".repeat(MAX_VALUE_BYTES));
    assert!(parse(&long, environment).is_ok());
    assert!(
        parse(
            &format!("A={}", "x".repeat(MAX_VALUE_BYTES + 1)),
            environment
        )
        .is_err()
    );
    assert!(parse(&"#".repeat(MAX_FILE_BYTES + 1), environment).is_err());

    let mut doubling = "A=xxxxxxxx\n".to_owned();
    for _ in 0..64 {
        doubling.push_str("A=${A}${A}\n");
    }
    assert!(parse(&doubling, environment).is_err());
}

#[test]
fn hostile_text_is_parsed_in_linear_time() {
    for piece in [
        "${", "${a", "A=\"\n", "A='\n", "\"", "\\", "A=${A}\n", "=\n", "A=\"\\\n",
    ] {
        let text = piece.repeat(MAX_FILE_BYTES / piece.len());
        let _ = parse(&text, environment);
        let _ = parse(&format!("A={text}"), environment);
        let _ = parse(&format!("A=\"{text}"), environment);
    }
}

#[test]
fn laravels_own_example_is_read() {
    let text = "\
APP_NAME=Laravel
APP_KEY=
APP_URL=http://localhost

LOG_CHANNEL=stack
# DB_HOST=127.0.0.1
MAIL_FROM_NAME=\"${APP_NAME}\"
MAIL_FROM_ADDRESS=\"hello@example.com\"
MEMCACHED_HOST=127.0.0.1
VITE_APP_NAME=\"${APP_NAME}\"
";
    check(
        text,
        &[
            ("APP_NAME", "Laravel"),
            ("APP_KEY", ""),
            ("APP_URL", "http://localhost"),
            ("LOG_CHANNEL", "stack"),
            ("MAIL_FROM_NAME", "Laravel"),
            ("MAIL_FROM_ADDRESS", "hello@example.com"),
            ("MEMCACHED_HOST", "127.0.0.1"),
            ("VITE_APP_NAME", "Laravel"),
        ],
    );
}

proptest! {
    /// Whatever the value, there is a way to write it, and what stands around it does not change.
    #[test]
    fn every_value_can_be_written_in_double_quotes(value in "[^\r\0]{0,200}") {
        let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$");
        let text = format!("BEFORE=1\nA=\"{escaped}\" # {value:?}\nAFTER=2");
        let expected = [("BEFORE", "1"), ("A", value.as_str()), ("AFTER", "2")];
        prop_assert_eq!(
            parsed(&text),
            expected.map(|(name, value)| (name.to_owned(), Some(value.to_owned())))
        );
    }

    /// Any text at all gives entries or errors with lines inside it.
    #[test]
    fn any_text_is_read_or_refused(text in r#"([A-Z=\n\r"'\\$\{\}# é]|\PC){0,300}"#) {
        let lines = text.matches(['\n', '\r']).count() + 1;
        match parse(&text, environment) {
            Ok(entries) => prop_assert!(entries.iter().all(|entry| (1..=lines).contains(&entry.line))),
            Err(errors) => prop_assert!(
                !errors.is_empty() && errors.iter().all(|error| (1..=lines).contains(&error.line))
            ),
        }
    }
}

#[test]
fn references_to_a_long_value_do_not_add_up_without_end() {
    let long = "x".repeat(MAX_VALUE_BYTES);
    let text = format!("A={long}\n{}", "B=${A}\n".repeat(10_000));
    let errors = parse(&text, |_| None).unwrap_err();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].line, MAX_TOTAL_BYTES / MAX_VALUE_BYTES + 1);
}
