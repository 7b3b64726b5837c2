//! How a connection parts with its channels, and what becomes of members that may come back.
//!
//! A connection that is *lost* may leave its members behind for the application's grace period: nobody is told of a page that is
//! reloaded, or of a phone that changes its network. Its user has *left* if it unsubscribed, said goodbye, or is not wanted.
//! A member whose time is over is removed by the shard that lost its connection; there is no timer for it, only a look at its channel.

use super::Shard;
use crate::app_table::AppIndex;
use antiphon_protocol::ws::close::{self, CloseCode};

/// How a connection parts with its channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Departure {
    /// For good, as far as anybody can tell.
    Left,
    /// Its client will try to come back.
    Lost,
}

impl Departure {
    /// What it is when a connection ends with this code, whoever has closed it. The end of a stream without a close frame is a loss.
    pub(super) fn of_close(code: CloseCode) -> Self {
        match code {
            // A browser leaves the page, maybe for the same one; or something between client and server has failed.
            close::GOING_AWAY | 1011..=1014 => Self::Lost,
            // The server could not hear the client or could not keep it, and stock clients come back by themselves.
            4100..=4299 => Self::Lost,
            // 1000 among them, which stands for no code too: `pusher.disconnect()`. And the codes for clients that broke a rule, and for
            // users and applications that are shut out.
            _ => Self::Left,
        }
    }
}

impl Shard {
    /// Until when a member may come back unnoticed whose connection parts now, in milliseconds of the hub's clock.
    pub(super) fn grace_until_ms(&self, app: AppIndex, departure: Departure) -> Option<u64> {
        let grace_ms = self.app(app).presence_grace_ms;
        let is_kept = departure == Departure::Lost && grace_ms > 0;
        is_kept.then(|| self.hub.0.clock.elapsed_ms() + u64::from(grace_ms))
    }

    /// Removes the members that have not come back in time.
    pub(super) fn end_due_graces(&mut self) {
        if self.lingering.is_empty() {
            return;
        }
        let now_ms = self.hub.0.clock.elapsed_ms();
        let mut lingering = std::mem::take(&mut self.lingering);
        lingering.retain(|(app, channel)| self.hub.0.end_graces(*app, channel, now_ms));
        if lingering.len() < lingering.capacity() / 8 {
            lingering.shrink_to(lingering.len() * 2);
        }
        self.lingering = lingering;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use antiphon_protocol::Code;

    #[test]
    fn only_those_are_lost_whose_clients_come_back() {
        for code in Code::ALL {
            let expected = match code.is_terminal() || code == Code::TlsOnly {
                true => Departure::Left,
                false => Departure::Lost,
            };
            assert_eq!(Departure::of_close(code.number()), expected, "{code:?}");
        }
        for code in [1000, 1002, 1003, 1007, 1008, 1009, 3000, 4000, 4500] {
            assert_eq!(Departure::of_close(code), Departure::Left, "{code}");
        }
        for code in [1001, 1012, 1013] {
            assert_eq!(Departure::of_close(code), Departure::Lost, "{code}");
        }
    }
}
