//! Who is told of what happens in the chat.

use crate::error::Problem;
use crate::pusher::Pusher;
use crate::reader::Reader;

/// `BROADCAST_CONNECTION`, in Laravel's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BroadcastConnection {
    /// `reverb`: the WebSocket server of this program, in this process or in another.
    Reverb,
    /// `pusher`: the server of the `PUSHER_*` keys, and the own one as its stand-in.
    Pusher,
    /// `log`: nobody; a line in the log.
    Log,
    /// `null`: nobody.
    Null,
}

impl BroadcastConnection {
    pub(crate) fn read(reader: &mut Reader<'_>, pusher: Option<&Pusher>) -> Self {
        const KEY: &str = "BROADCAST_CONNECTION";
        let connection = reader.value(KEY, |text| match text {
            "reverb" => Some(Self::Reverb),
            "pusher" => Some(Self::Pusher),
            "log" => Some(Self::Log),
            "null" => Some(Self::Null),
            _ => None,
        });
        let keys = ["PUSHER_APP_ID", "PUSHER_APP_KEY", "PUSHER_APP_SECRET"];
        let is_told = keys.iter().any(|key| reader.has_problem(key));
        if connection == Self::Pusher && pusher.is_none() && !is_told {
            reader.problem(Problem::of_key(
                KEY,
                format!("{KEY}=pusher needs PUSHER_APP_ID, PUSHER_APP_KEY and PUSHER_APP_SECRET: set all three"),
            ));
        }
        connection
    }
}
