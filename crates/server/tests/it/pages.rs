//! The pages on which the widget is tried.

use crate::workspace;
use antiphon_testkit::TestApp;

#[test]
fn one_key_takes_away_every_page_for_trying_the_widget() {
    let app = TestApp::start_in(workspace().with_env("ANTIPHON_TEST_PAGE", "off"));
    for page in ["/chatbot-test.html", "/demo", "/demo/preview"] {
        let answer = app.get(page).send().expect(404);
        assert!(answer.text().contains("switched off"), "{page}: {answer}");
    }
    let answer = app.get("/chatbot-test.json").send().expect(404);
    assert!(!answer.text().contains("cbw_"), "{answer}");
}

#[test]
fn the_demo_is_told_its_widget_and_no_secret() {
    let app = TestApp::start_in(workspace());
    let widget = app.get("/chatbot-test.json").send().expect(200).json();
    let members: Vec<_> = widget.as_object().unwrap().keys().collect();
    assert_eq!(members, ["id", "token"]);
    let id = widget["id"].to_string();
    let shown = app.workspace().cli(&["widget:show", "--json", "--id", &id]);
    assert!(
        shown
            .lines
            .join("\n")
            .contains(widget["token"].as_str().unwrap())
    );
}
