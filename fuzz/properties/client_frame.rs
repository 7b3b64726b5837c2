//! What a Pusher client sends is understood the same in every form it may have, and is relayed as JSON that says the same.
//!
//! Input: the text of one message.

use antiphon_protocol::ClientFrame;
use antiphon_protocol::event::{self, ServerEvent};
use antiphon_protocol::frame::{CLIENT_EVENT_PREFIX, Signin, Subscribe};
use serde_json::{Value, json};

/// Checks one input.
pub(crate) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let frame = match ClientFrame::parse(text) {
        Ok(frame) => frame,
        Err(error) => {
            let answer = ServerEvent::Error {
                code: None,
                message: &error.to_string(),
                channel: None,
            };
            let answer: Value = serde_json::from_str(&answer.to_json()).expect("it is JSON");
            return assert_eq!(answer["data"]["message"], error.to_string());
        }
    };
    let spaced = format!("\n\t {text}\r\n");
    assert_eq!(ClientFrame::parse(&spaced).as_ref(), Ok(&frame));

    match &frame {
        ClientFrame::Ping => same(&json!({"event": "pusher:ping"}), &frame),
        ClientFrame::Pong => same(&json!({"event": "pusher:pong"}), &frame),
        ClientFrame::Other(name) => same(&json!({"event": name}), &frame),
        ClientFrame::Subscribe(Subscribe {
            channel,
            auth,
            channel_data,
            resume_after,
            resume_socket_id,
        }) => with_data(
            "pusher:subscribe",
            &json!({"channel": channel, "auth": auth, "channel_data": channel_data,
                "resume_after": resume_after, "resume_socket_id": resume_socket_id}),
            &frame,
        ),
        ClientFrame::Unsubscribe(channel) => {
            with_data("pusher:unsubscribe", &json!({"channel": channel}), &frame);
        }
        ClientFrame::Signin(Signin { auth, user_data }) => with_data(
            "pusher:signin",
            &json!({"auth": auth, "user_data": user_data}),
            &frame,
        ),
        ClientFrame::ClientEvent(sent) => {
            assert!(sent.event.starts_with(CLIENT_EVENT_PREFIX));
            let relayed = event::client_event(&sent.channel, &sent.event, sent.data, None);
            assert_eq!(ClientFrame::parse(&relayed).as_ref(), Ok(&frame));
        }
    }
}

/// Both forms of `data` mean what the frame means.
fn with_data(event: &str, data: &Value, frame: &ClientFrame<'_>) {
    same(&json!({"event": event, "data": data}), frame);
    same(&json!({"event": event, "data": data.to_string()}), frame);
}

fn same(message: &Value, frame: &ClientFrame<'_>) {
    assert_eq!(ClientFrame::parse(&message.to_string()).as_ref(), Ok(frame));
}
