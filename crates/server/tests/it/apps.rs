//! `REVERB_APPS_FILE`: many applications in one server, changed while it runs.

use crate::workspace;
use antiphon_testkit::{PusherClient, ReverbServer, Workspace, eventually};
use std::net::SocketAddr;

fn app(id: &str, more: &str) -> String {
    format!("[[apps]]\nid = \"{id}\"\nkey = \"{id}-key\"\nsecret = \"{id}-secret\"\n{more}\n")
}

/// Writes the file as careful editors do: a new one takes the old one's name.
fn write(workspace: &Workspace, text: &str) {
    let folder = workspace.folder();
    std::fs::write(folder.join("apps.toml.new"), text).unwrap();
    std::fs::rename(folder.join("apps.toml.new"), folder.join("apps.toml")).unwrap();
}

fn with_apps(text: &str) -> (Workspace, ReverbServer) {
    let workspace = workspace().with_env("REVERB_APPS_FILE", "apps.toml");
    write(&workspace, text);
    let server = ReverbServer::start(&workspace);
    (workspace, server)
}

/// The code that a connection is refused with, if it is.
fn refusal(address: SocketAddr, id: &str) -> Option<u64> {
    let mut client = PusherClient::open(address, &format!("/app/{id}-key")).unwrap();
    client.next_message()["data"]["code"].as_u64()
}

#[test]
fn applications_of_the_file_are_served_beside_the_first_one() {
    let (workspace, server) = with_apps(&(app("shop", "") + &app("blog", "enabled = false")));
    let first = workspace.secret("REVERB_APP_KEY");
    PusherClient::connect(server.address(), &first);
    PusherClient::connect(server.address(), "shop-key");
    assert_eq!(refusal(server.address(), "blog"), Some(4003));
    assert_eq!(refusal(server.address(), "other"), Some(4001));
}

#[test]
fn a_change_of_the_file_holds_without_a_restart() {
    let (workspace, server) = with_apps(&app("shop", ""));
    let mut stays = PusherClient::connect(server.address(), &workspace.secret("REVERB_APP_KEY"));
    let mut goes = PusherClient::connect(server.address(), "shop-key");
    write(&workspace, &app("blog", ""));
    eventually("the new application is served", || {
        refusal(server.address(), "blog").is_none()
    });
    let (_, code, _) = goes.wait_for_close();
    assert_eq!(code, 4001);
    assert_eq!(stays.fence().len(), 0);
}

#[test]
fn a_signal_makes_it_read_the_file_at_once_and_a_mistake_changes_nothing() {
    let (workspace, server) = with_apps(&app("shop", ""));
    write(&workspace, &app("shop", "max_connections = \"many\""));
    server.hang_up();
    server.wait_for_log("the applications stay as they were");
    assert!(!server.log().contains("shop-secret"));
    PusherClient::connect(server.address(), "shop-key");
    write(&workspace, &(app("shop", "") + &app("blog", "")));
    server.hang_up();
    server.wait_for_log("the applications were read again");
    PusherClient::connect(server.address(), "blog-key");
}

#[test]
fn a_server_does_not_start_with_a_file_that_has_a_mistake() {
    let workspace = workspace().with_env("REVERB_APPS_FILE", "apps.toml");
    for (text, expected) in [
        (app("a b", ""), "apps.toml: app 1 (\"a b\"): id must be"),
        (
            app("shop", "colour = 1"),
            "apps.toml:5: unknown field `colour`",
        ),
    ] {
        write(&workspace, &text);
        for command in ["reverb:start", "config:check"] {
            let finished = workspace.cli(&[command]);
            assert!(!finished.status.success());
            assert!(finished.stderr.contains(expected), "{finished:?}");
        }
    }
    std::fs::remove_file(workspace.folder().join("apps.toml")).unwrap();
    let finished = workspace.cli(&["reverb:start"]);
    assert!(
        finished
            .stderr
            .contains("REVERB_APPS_FILE: cannot read apps.toml")
    );
}

#[test]
fn a_hang_up_does_not_end_a_server_without_a_file() {
    let workspace = workspace();
    let server = ReverbServer::start(&workspace);
    server.hang_up();
    server.wait_for_log("has no REVERB_APPS_FILE to read again");
    PusherClient::connect(server.address(), &workspace.secret("REVERB_APP_KEY"));
}
