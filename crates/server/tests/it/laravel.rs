//! The `.env` of a Laravel application, as its installers write it, with everything in it that is none of our business.

use crate::workspace;
use antiphon_protocol::auth::Credentials;
use antiphon_protocol::signature;
use antiphon_testkit::{PusherClient, Request, ReverbServer, Workspace, unix_seconds};
use serde_json::json;

/// What `laravel new` with MySQL, `php artisan key:generate` and `php artisan install:broadcasting` leave behind.
const ENV: &str = r#"APP_NAME="My Shop"
APP_ENV=local
APP_KEY=base64:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
APP_DEBUG=true
APP_URL=http://shop.test

APP_LOCALE=en
APP_FALLBACK_LOCALE=en
APP_FAKER_LOCALE=en_US

APP_MAINTENANCE_DRIVER=file
# APP_MAINTENANCE_STORE=database

PHP_CLI_SERVER_WORKERS=4

BCRYPT_ROUNDS=12

LOG_CHANNEL=stack
LOG_STACK=single
LOG_DEPRECATIONS_CHANNEL=null
LOG_LEVEL=debug

DB_CONNECTION=mysql
DB_HOST=127.0.0.1
DB_PORT=3306
DB_DATABASE=shop
DB_USERNAME=root
DB_PASSWORD=

SESSION_DRIVER=database
SESSION_LIFETIME=120
SESSION_ENCRYPT=false
SESSION_PATH=/
SESSION_DOMAIN=null

BROADCAST_CONNECTION=reverb
FILESYSTEM_DISK=local
QUEUE_CONNECTION=database

CACHE_STORE=database
# CACHE_PREFIX=

MEMCACHED_HOST=127.0.0.1

REDIS_CLIENT=phpredis
REDIS_HOST=127.0.0.1
REDIS_PASSWORD=null
REDIS_PORT=6379

MAIL_MAILER=log
MAIL_SCHEME=null
MAIL_HOST=127.0.0.1
MAIL_PORT=2525
MAIL_USERNAME=null
MAIL_PASSWORD=null
MAIL_FROM_ADDRESS="hello@example.com"
MAIL_FROM_NAME="${APP_NAME}"

AWS_ACCESS_KEY_ID=
AWS_SECRET_ACCESS_KEY=
AWS_DEFAULT_REGION=us-east-1
AWS_BUCKET=
AWS_USE_PATH_STYLE_ENDPOINT=false

VITE_APP_NAME="${APP_NAME}"

REVERB_APP_ID=554101
REVERB_APP_KEY=qzxhf7rhc8esyzazrhd3
REVERB_APP_SECRET=ebcrzskpm1pdqjuipkzu
REVERB_HOST="localhost"
REVERB_PORT=8080
REVERB_SCHEME=http

VITE_REVERB_APP_KEY="${REVERB_APP_KEY}"
VITE_REVERB_HOST="${REVERB_HOST}"
VITE_REVERB_PORT="${REVERB_PORT}"
VITE_REVERB_SCHEME="${REVERB_SCHEME}"
"#;

const KEY: &str = "qzxhf7rhc8esyzazrhd3";

fn app() -> Credentials<'static> {
    Credentials::new(KEY, "ebcrzskpm1pdqjuipkzu")
}

/// A workspace with this `.env`, and the test's own ports.
fn with_env_file(more: &str) -> Workspace {
    let workspace = workspace();
    std::fs::write(workspace.folder().join(".env"), format!("{ENV}{more}")).unwrap();
    workspace
}

#[test]
fn a_laravel_env_file_starts_the_websocket_server_as_it_is() {
    let workspace = with_env_file("");
    let server = ReverbServer::start(&workspace);
    let mut socket = PusherClient::connect(server.address(), KEY);
    socket.subscribe("orders", "");
    let path = "/apps/554101/events";
    let body =
        json!({"name": "App\\Events\\OrderShipped", "data": "{\"id\":1}", "channels": ["orders"]})
            .to_string();
    let query = signature::sign(app(), "POST", path, &[], body.as_bytes(), unix_seconds());
    Request::new(server.address(), "POST", &format!("{path}?{query}"))
        .body(body)
        .send()
        .expect(200);
    assert_eq!(
        socket.next_event("App\\Events\\OrderShipped"),
        json!({"id": 1})
    );
    // Nothing had to be generated, and nothing was written beside the application's own files.
    assert!(!workspace.data().exists());
}

#[test]
fn keys_of_the_applications_other_services_do_not_stop_the_websocket_server() {
    for more in [
        "DATABASE_URL=mysql://root@127.0.0.1/shop\n",
        "DB_URL=mysql://root@127.0.0.1/shop\n",
        "DB_CONNECTION=pgsql\nDB_SSLMODE=allow\n",
        "BROADCAST_CONNECTION=log\n",
        "PUSHER_APP_KEY=left-over\n",
        "APP_URL=http://localhost/shop/public\n",
        "DB_CONNECTION=mariadb\n",
    ] {
        let server = ReverbServer::start(&with_env_file(more));
        PusherClient::connect(server.address(), KEY);
    }
}

#[test]
fn reverbs_own_arguments_are_taken() {
    let arguments = [
        "reverb:start",
        "--host=127.0.0.1",
        "--port=0",
        "--path=/ws",
        "--hostname=shop.test",
        "--debug",
    ];
    let server = ReverbServer::start_with(&with_env_file(""), &arguments);
    PusherClient::connect_at(server.address(), &format!("/ws/app/{KEY}"));
    assert!(PusherClient::open(server.address(), &format!("/app/{KEY}")).is_err());
}

#[test]
fn reverbs_rate_limit_refuses_or_ends() {
    let quota = "REVERB_APP_RATE_LIMITING_ENABLED=true\nREVERB_APP_RATE_LIMIT_MAX_ATTEMPTS=5\n\
         REVERB_APP_RATE_LIMIT_DECAY_SECONDS=600\n";
    let ping = json!({"event": "pusher:ping", "data": {}});
    for terminate in [false, true] {
        let more = format!("{quota}REVERB_APP_RATE_LIMIT_TERMINATE={terminate}\n");
        let server = ReverbServer::start(&with_env_file(&more));
        let mut socket = PusherClient::connect(server.address(), KEY);
        for _ in 0..5 {
            socket.send(&ping);
            socket.next_event("pusher:pong");
        }
        socket.send(&ping);
        let error = socket.next_event("pusher:error");
        assert_eq!(error["code"], 4301);
        assert_eq!(
            error["message"],
            "Rate limit exceeded: the most is 5 messages in 600 s"
        );
        if terminate {
            assert_eq!(socket.wait_for_close().1, 4301);
        } else {
            socket.send(&ping);
            assert_eq!(socket.next_event("pusher:error")["code"], 4301);
        }
    }
}

#[test]
fn client_events_may_be_switched_off() {
    for (from, relayed) in [("members", true), ("all", true), ("none", false)] {
        let more = format!("REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM={from}\n");
        let server = ReverbServer::start(&with_env_file(&more));
        let connect = || {
            let mut socket = PusherClient::connect(server.address(), KEY);
            let id = socket.socket_id().parse().unwrap();
            let auth = antiphon_protocol::auth::sign_channel(app(), id, "private-a", None);
            socket.subscribe("private-a", &auth);
            socket
        };
        let (mut sender, mut receiver) = (connect(), connect());
        let mut stranger = PusherClient::connect(server.address(), KEY);
        let event = json!({"event": "client-typing", "channel": "private-a", "data": {"n": 1}});
        stranger.send(&event);
        assert_eq!(stranger.next_event("pusher:error")["code"], 4301, "{from}");
        sender.send(&event);
        if relayed {
            assert_eq!(receiver.next_event("client-typing")["n"], 1);
        } else {
            let error = sender.next_event("pusher:error");
            assert!(error["message"].as_str().unwrap().contains("not enabled"));
        }
        assert!(receiver.fence().is_empty());
        assert!(sender.fence().is_empty());
    }
}
