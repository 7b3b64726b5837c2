//! One event of the tap as one line of text: time, direction, who, what.
//!
//! What strangers have written is printed without its control characters: it must not be able to write to the terminal.

use antiphon_realtime::{Happening, TapEvent, TappedMessage};
use std::borrow::Cow;
use std::fmt::Write as _;

/// How many characters of an event's data are printed.
const DATA_CHARS: usize = 160;
/// The width of socket ids, which have up to ten digits on either side of the dot. A longer name of a channel is not cut, since
/// it is what one looks for.
const WHO: usize = 21;
const MS_PER_DAY: u64 = 86_400_000;

/// How lines look.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Style {
    pub(super) colored: bool,
    /// Whether each line names the application: worth a column where there are several.
    pub(super) names_apps: bool,
}

#[derive(Debug, Clone, Copy)]
enum Color {
    Dim = 2,
    Red = 31,
    Green = 32,
    Yellow = 33,
    Blue = 34,
    Magenta = 35,
    Cyan = 36,
}

/// The parts of a line.
struct Parts {
    mark: char,
    color: Color,
    who: String,
    what: String,
}

/// The line for an event.
pub(super) fn of(event: &TapEvent, style: Style) -> String {
    let Parts {
        mark,
        color,
        who,
        what,
    } = parts(&event.what, style);
    let mut line = style.paint(Color::Dim, &time(event.at_ms));
    if style.names_apps {
        let app = event.app_id.as_deref().unwrap_or("-");
        let _ = write!(line, " {:<12}", plain(app));
    }
    let _ = write!(
        line,
        " {} {who:<WHO$} {what}",
        style.paint(color, mark.encode_utf8(&mut [0; 4]))
    );
    line
}

/// The line for events that are not printed.
pub(super) fn missed(n_events: u64, style: Style) -> String {
    let text = format!("… {n_events} events are not shown: more happened than can be printed");
    style.paint(Color::Yellow, &text)
}

fn parts(what: &Happening, style: Style) -> Parts {
    match what {
        Happening::Opened {
            socket_id,
            origin,
            address,
        } => Parts {
            mark: '+',
            color: Color::Green,
            who: socket_id.to_string(),
            what: format!("opened{}", whence(origin.as_deref(), address.as_ref())),
        },
        Happening::Refused {
            key,
            code,
            reason,
            origin,
            address,
        } => Parts {
            mark: '×',
            color: Color::Red,
            who: plain(key).into_owned(),
            what: format!(
                "refused {code} {}{}",
                plain(reason),
                whence(origin.as_deref(), address.as_ref())
            ),
        },
        Happening::Closed {
            socket_id,
            code,
            reason,
        } => Parts {
            mark: '-',
            color: Color::Yellow,
            who: socket_id.to_string(),
            what: match code {
                Some(code) => format!("closed {code} {}", plain(reason))
                    .trim_end()
                    .to_owned(),
                None => "lost".to_owned(),
            },
        },
        Happening::Received { socket_id, message } => Parts {
            mark: '←',
            color: Color::Cyan,
            who: socket_id.to_string(),
            what: text_of(message, true, style),
        },
        Happening::Sent { socket_id, message } => Parts {
            mark: '→',
            color: match &*message.event {
                "pusher:error" | "pusher:subscription_error" => Color::Red,
                _ => Color::Blue,
            },
            who: socket_id.to_string(),
            what: text_of(message, true, style),
        },
        Happening::Published {
            message,
            subscriptions,
            except,
        } => {
            let except = except.map_or_else(String::new, |except| format!(", not {except}"));
            let to = format!(" (to {subscriptions}{except})");
            Parts {
                mark: '»',
                color: Color::Magenta,
                who: plain(message.channel.as_deref().unwrap_or_default()).into_owned(),
                what: text_of(message, false, style) + &style.paint(Color::Dim, &to),
            }
        }
        Happening::Announced { message } => Parts {
            mark: '»',
            color: Color::Blue,
            who: plain(message.channel.as_deref().unwrap_or_default()).into_owned(),
            what: text_of(message, false, style),
        },
        Happening::Requested {
            method,
            target,
            status,
            took_us,
            refusal,
        } => {
            let why = refusal.as_deref().map(|why| format!(" {}", plain(why)));
            let ms = *took_us as f64 / 1000.0;
            Parts {
                mark: '⇄',
                color: match status {
                    400.. => Color::Red,
                    _ => Color::Green,
                },
                who: method.clone(),
                what: format!(
                    "{} {status} {ms:.1} ms{}",
                    plain(target),
                    why.unwrap_or_default()
                ),
            }
        }
    }
}

/// Name, channel unless that is in its own column, data, and how much of it there is where it is cut.
fn text_of(message: &TappedMessage, with_channel: bool, style: Style) -> String {
    let mut text = plain(&message.event).into_owned();
    if let Some(channel) = message.channel.as_deref().filter(|_| with_channel) {
        let _ = write!(text, " {}", plain(channel));
    }
    if let Some(data) = &message.data {
        let shown = match data.char_indices().nth(DATA_CHARS) {
            Some((end, _)) => format!("{}…", plain(&data[..end]).trim_end_matches('…')),
            None => plain(data).into_owned(),
        };
        let _ = write!(text, " {}", style.paint(Color::Dim, &shown));
        if shown.ends_with('…') {
            let _ = write!(text, " ({} bytes)", message.data_bytes);
        }
    }
    text
}

fn whence(origin: Option<&str>, address: Option<&std::net::IpAddr>) -> String {
    let origin = origin.map(|origin| format!(" from {}", plain(origin)));
    let address = address.map(|address| format!(" by {address}"));
    origin.unwrap_or_default() + &address.unwrap_or_default()
}

/// Hours to milliseconds, UTC.
fn time(at_ms: u64) -> String {
    let of_day = at_ms % MS_PER_DAY;
    let (seconds, ms) = (of_day / 1000, of_day % 1000);
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}.{ms:03}", seconds % 60)
}

/// The text without control characters, and without what changes the direction of writing.
fn plain(text: &str) -> Cow<'_, str> {
    let is_unsafe = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    match text.contains(is_unsafe) {
        false => Cow::Borrowed(text),
        true => text
            .chars()
            .map(|c| if is_unsafe(c) { '\u{fffd}' } else { c })
            .collect(),
    }
}

impl Style {
    fn paint(self, color: Color, text: &str) -> String {
        match self.colored {
            true => format!("\x1b[{}m{text}\x1b[0m", color as u8),
            false => text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(what: Happening) -> String {
        let event = TapEvent {
            at_ms: MS_PER_DAY * 20_000 + 45_296_007,
            app_id: Some("shop".to_owned()),
            what,
        };
        of(&event, Style::default())
    }

    fn message(event: &str, channel: Option<&str>, data: &str) -> TappedMessage {
        TappedMessage {
            event: event.to_owned(),
            channel: channel.map(ToOwned::to_owned),
            data: Some(data.to_owned()),
            data_bytes: data.len(),
        }
    }

    #[test]
    fn lines_have_time_direction_who_and_what() {
        let socket_id = "123.456".parse().unwrap();
        let received = Happening::Received {
            socket_id,
            message: message("client-typing", Some("private-room"), "{}"),
        };
        assert_eq!(
            line(received),
            "12:34:56.007 ← 123.456               client-typing private-room {}"
        );
        let published = Happening::Published {
            message: message("order.created", Some("orders"), r#"{"id":7}"#),
            subscriptions: 3,
            except: Some(socket_id),
        };
        assert_eq!(
            line(published),
            r#"12:34:56.007 » orders                order.created {"id":7} (to 3, not 123.456)"#
        );
        let requested = Happening::Requested {
            method: "POST".to_owned(),
            target: "/apps/1/events".to_owned(),
            status: 401,
            took_us: 1_250,
            refusal: Some("the signature is wrong".to_owned()),
        };
        assert_eq!(
            line(requested),
            "12:34:56.007 ⇄ POST                  /apps/1/events 401 1.2 ms the signature is wrong"
        );
        let lost = Happening::Closed {
            socket_id,
            code: None,
            reason: String::new(),
        };
        assert_eq!(line(lost), "12:34:56.007 - 123.456               lost");
    }

    #[test]
    fn the_terminal_is_not_written_to_by_strangers() {
        let published = Happening::Published {
            message: message("\x1b[2Jevent", Some("a"), "\u{202e}\x07data\n"),
            subscriptions: 0,
            except: None,
        };
        let line = line(published);
        assert!(!line.chars().any(char::is_control), "{line:?}");
        assert!(
            line.contains("[2Jevent") && line.contains("data"),
            "{line:?}"
        );
    }

    #[test]
    fn long_data_is_cut_and_its_length_told() {
        let published = Happening::Published {
            message: message("e", Some("a"), &"é".repeat(500)),
            subscriptions: 1,
            except: None,
        };
        let line = line(published);
        assert!(line.ends_with("é… (1000 bytes) (to 1)"), "{line}");
    }

    #[test]
    fn colors_are_for_terminals() {
        let style = Style {
            colored: true,
            names_apps: true,
        };
        let event = TapEvent {
            at_ms: 0,
            app_id: Some("shop".to_owned()),
            what: Happening::Closed {
                socket_id: "1.2".parse().unwrap(),
                code: Some(1000),
                reason: String::new(),
            },
        };
        assert_eq!(
            of(&event, style),
            "\x1b[2m00:00:00.000\x1b[0m shop         \x1b[33m-\x1b[0m 1.2                   closed 1000"
        );
    }
}
