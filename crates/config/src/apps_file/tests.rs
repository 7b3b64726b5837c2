use super::*;
use crate::settings::Config;
use crate::sources::Sources;

pub(super) fn first() -> ReverbApp {
    let sources = Sources::new([("REVERB_APP_ID".to_owned(), "first".to_owned())])
        .with_file(
            Path::new(".env"),
            "REVERB_APP_KEY=first-key\nREVERB_APP_SECRET=s\nREVERB_APP_MAX_CONNECTIONS=7",
        )
        .unwrap();
    Config::load(&sources).unwrap().reverb.app().clone()
}

fn problems(text: &str) -> Vec<String> {
    parse_apps(text, &first()).unwrap_err()
}

const SHOP: &str = "[[apps]]\nid = \"shop\"\nkey = \"shop-key\"\nsecret = \"hidden\"\n";

#[test]
fn what_an_application_does_not_say_is_as_the_keys_have_it() {
    let text = format!(
        "{SHOP}allowed_origins = [\"*.Example.com\"]\nmax_message_size = 4096\npresence_grace = 5\n"
    );
    let apps = parse_apps(&text, &first()).unwrap();
    assert_eq!(apps[0], first());
    let expected = ReverbApp {
        id: "shop".to_owned(),
        key: "shop-key".to_owned(),
        secret: Secret::new("hidden".to_owned()),
        allowed_origins: vec!["*.example.com".to_owned()],
        max_message_bytes: 4096,
        presence_grace: Duration::from_secs(5),
        ..first()
    };
    assert_eq!(apps[1], expected);
    assert_eq!(apps[1].max_connections, Some(7));
}

#[test]
fn an_empty_file_adds_nothing() {
    assert_eq!(parse_apps("", &first()), Ok(vec![first()]));
}

#[test]
fn every_mistake_is_named_with_its_application_and_field() {
    let text = format!(
        "{SHOP}max_connections = 0\nallowed_origins = []\n[[apps]]\nid = \"a b\"\nkey = \"k\"\nsecret = \"\"\n"
    );
    let problems = problems(&text);
    for (problem, expected) in problems.iter().zip([
        r#": app 1 ("shop"): allowed_origins must be hosts"#,
        r#": app 1 ("shop"): max_connections must be a whole number"#,
        r#": app 2 ("a b"): id must be"#,
        r#": app 2 ("a b"): secret must be"#,
    ]) {
        assert!(problem.starts_with(expected), "{problem}");
    }
    assert_eq!(problems.len(), 4);
}

#[test]
fn ids_and_keys_are_unique_among_all_applications() {
    assert_eq!(problems(&format!("{SHOP}{SHOP}")).len(), 2);
    let like_first = SHOP.replace("\"shop\"", "\"first\"");
    let expected = ": two applications have the id \"first\"";
    assert_eq!(problems(&like_first), [expected]);
}

#[test]
fn a_mistake_in_the_form_is_named_by_its_line_and_shows_no_secret() {
    for text in [
        format!("{SHOP}max_conections = 5\n"),
        SHOP.replace("secret = \"hidden\"", "secret = [\"hidden\"]"),
        SHOP.replace("\"hidden\"", "\"hidden"),
    ] {
        let problems = problems(&text);
        assert_eq!(problems.len(), 1);
        assert!(
            problems[0].starts_with(":4: ") || problems[0].starts_with(":5: "),
            "{problems:?}"
        );
        assert!(!problems[0].contains("hidden"), "{problems:?}");
    }
    let unknown = problems(&format!("{SHOP}max_conections = 5\n"));
    assert!(unknown[0].contains("max_conections"), "{unknown:?}");
    assert!(problems("[[apps]]\nid = \"a\"\n")[0].contains("missing field `key`"));
}
