//! `POST /users/{id}/terminate_connections`, and events to one user.

use crate::support::{APP, Client, Server};
use antiphon_protocol::auth;
use serde_json::json;

fn sign_in(client: &mut Client, id: &str) {
    let data = json!({ "id": id }).to_string();
    let auth = auth::sign_user(APP, client.socket_id.parse().unwrap(), &data);
    client.send(&json!({"event": "pusher:signin", "data": {"auth": auth, "user_data": data}}));
    assert_eq!(client.next()["event"], "pusher:signin_success");
}

#[test]
fn a_backend_sends_to_one_user() {
    let server = Server::start();
    let mut client = server.connect();
    sign_in(&mut client, "u1");
    client.subscribe("#server-to-user-u1", None);
    let event = json!({"name": "n", "data": "1", "channels": ["#server-to-user-u1"]});
    assert_eq!(server.post("events", &event), (200, json!({})));
    assert_eq!(client.next_on("#server-to-user-u1").0, "n");
    assert_eq!(
        server.get("channels", &[]),
        (200, json!({"channels": {}})),
        "a user's channel is nobody else's business"
    );
}

#[test]
fn a_backend_shuts_a_user_out() {
    let server = Server::start();
    let (mut out, mut stays) = (server.connect(), server.connect());
    sign_in(&mut out, "u1");
    sign_in(&mut stays, "u2");
    assert_eq!(
        server.post("users/u1/terminate_connections", &json!({})),
        (200, json!({}))
    );
    let error = out.next();
    assert_eq!(
        (&error["event"], &error["data"]["code"]),
        (&json!("pusher:error"), &json!(4009))
    );
    stays.fence();
    let nobody = server.post("users/nobody/terminate_connections", &json!({}));
    assert_eq!(nobody, (200, json!({})));
    assert_eq!(
        server
            .post("users/a%20b/terminate_connections", &json!({}))
            .0,
        400
    );
    let unsigned = server
        .backend()
        .send("POST", "/apps/1/users/u2/terminate_connections", b"");
    assert_eq!(unsigned.0, 401);
    stays.fence();
}
