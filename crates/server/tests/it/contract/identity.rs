//! Signed identities in `init`: the same person in every browser, and nobody else.

use crate::start;
use antiphon_testkit::{TestApp, Visitor, unix_seconds};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

/// A widget and its identity secret.
fn widget(app: &TestApp) -> (String, String) {
    let args = [
        "widget:create",
        "--name",
        "Shop",
        "--domain",
        "shop.example",
        "--json",
    ];
    let widget = app.workspace().cli(&args).json();
    let text = |field: &str| widget[field].as_str().unwrap().to_owned();
    (text("token"), text("identity_secret"))
}

fn mac(secret: &str, message: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hmac(secret: &str, visitor_id: &str) -> String {
    let hex = |byte: &u8| format!("{byte:02x}");
    mac(secret, visitor_id).iter().map(hex).collect()
}

fn jwt(secret: &str, header: &Value, claims: &Value) -> String {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let signed = format!(
        "{}.{}",
        encode(header.to_string().as_bytes()),
        encode(claims.to_string().as_bytes())
    );
    format!("{signed}.{}", encode(&mac(secret, &signed)))
}

fn hs256() -> Value {
    json!({ "alg": "HS256", "typ": "JWT" })
}

fn in_an_hour() -> u64 {
    unix_seconds() + 3600
}

#[test]
fn a_signed_visitor_id_finds_the_same_conversation_in_another_browser() {
    let app = start();
    let (widget, secret) = widget(&app);
    let signed = json!({ "visitor_id": "u1", "identity": hmac(&secret, "u1") });
    let first = Visitor::init(&app, &widget, &signed);
    first.say("from the desk");
    let second = Visitor::init(&app, &widget, &signed);
    assert_eq!(second.conversation_id, first.conversation_id);
    assert_ne!(second.token, first.token, "each browser has its own token");
    assert_eq!(second.texts(), ["from the desk"]);
    let token = json!({ "sub": "u1", "exp": in_an_hour() });
    let third = json!({ "identity": jwt(&secret, &hs256(), &token) });
    let third = Visitor::init(&app, &widget, &third);
    assert_eq!(third.conversation_id, first.conversation_id);
}

#[test]
fn an_unsigned_visitor_id_never_opens_a_conversation() {
    let app = start();
    let (widget, secret) = widget(&app);
    let signed = json!({ "visitor_id": "u1", "identity": hmac(&secret, "u1") });
    let verified = Visitor::init(&app, &widget, &signed);
    verified.say("private");
    let claimed = json!({ "visitor_id": "u1" });
    let unsigned = Visitor::init(&app, &widget, &claimed);
    assert_ne!(unsigned.conversation_id, verified.conversation_id);
    let again = Visitor::init(&app, &widget, &claimed);
    assert_ne!(again.conversation_id, unsigned.conversation_id);
}

#[test]
fn a_signature_of_another_kind_or_person_is_refused() {
    let app = start();
    let (widget, secret) = widget(&app);
    let good = json!({ "sub": "u1", "exp": in_an_hour() });
    let expired = json!({ "sub": "u1", "exp": unix_seconds() - 1 });
    let unsigned = jwt(&secret, &json!({ "alg": "none" }), &good);
    let stripped = unsigned.rsplit_once('.').unwrap().0.to_owned() + ".";
    for (why, identity) in [
        ("another secret", hmac("guess", "u1")),
        ("another id", hmac(&secret, "u2")),
        ("no hex", "zz".repeat(32)),
        ("an odd digit", "abc".to_owned()),
        ("nothing", String::new()),
        ("expired", jwt(&secret, &hs256(), &expired)),
        ("no exp", jwt(&secret, &hs256(), &json!({ "sub": "u1" }))),
        ("another's JWT", jwt("guess", &hs256(), &good)),
        ("alg none, signed", unsigned),
        ("alg none, not signed", stripped),
        (
            "another alg",
            jwt(&secret, &json!({ "alg": "HS512" }), &good),
        ),
        (
            "another subject",
            jwt(
                &secret,
                &hs256(),
                &json!({ "sub": "u2", "exp": in_an_hour() }),
            ),
        ),
        ("dots", "...".to_owned()),
        ("long", "a.".repeat(4000)),
    ] {
        let body = json!({ "visitor_id": "u1", "identity": identity });
        let answer = app.post("/api/chatbot/init", &body).bearer(&widget).send();
        assert_eq!(answer.status, 422, "{why}: {answer}");
        assert!(answer.json()["details"]["identity"][0].is_string(), "{why}");
    }
}

#[test]
fn another_widgets_secret_vouches_for_nobody() {
    let app = start();
    let ((_, secret), (other, _)) = (widget(&app), widget(&app));
    let body = json!({ "visitor_id": "u1", "identity": hmac(&secret, "u1") });
    app.post("/api/chatbot/init", &body)
        .bearer(&other)
        .send()
        .expect(422);
}

#[test]
fn a_verified_history_is_closed_to_the_next_person_at_the_browser() {
    let app = start();
    let (widget, secret) = widget(&app);
    let signed = |id: &str| json!({ "visitor_id": id, "identity": hmac(&secret, id) });
    let first = Visitor::init(&app, &widget, &signed("u1"));
    first.say("of u1");
    let mut other = signed("u2");
    other["visitor_token"] = json!(first.token);
    let other = Visitor::init(&app, &widget, &other);
    assert_ne!(other.conversation_id, first.conversation_id);
    assert_ne!(other.token, first.token);
    let claims = json!({ "visitor_id": "u2", "visitor_token": first.token });
    let claims = Visitor::init(&app, &widget, &claims);
    assert_ne!(claims.conversation_id, first.conversation_id);
}
