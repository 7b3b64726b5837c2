//! Signing in: from then on a connection is a user's. Events can be sent to it, and its backend can end it.

use super::Shard;
use crate::app_table::AppIndex;
use antiphon_protocol::event::ServerEvent;
use antiphon_protocol::frame::Signin;
use antiphon_protocol::{Code, auth, user};
use std::sync::Arc;

impl Shard {
    /// Makes a connection a user's, or says why not. It stays open either way: what it was before, it still is.
    pub(super) fn sign_in(&mut self, slot: usize, index: AppIndex, signin: &Signin) {
        match self.try_sign_in(slot, index, signin) {
            Ok(()) => self.reply(&ServerEvent::SigninSuccess {
                user_data: &signin.user_data,
            }),
            Err(reason) => self.reply(&ServerEvent::Error {
                code: Some(Code::Unauthorized),
                message: &format!("Sign-in refused: {reason}"),
                channel: None,
            }),
        }
    }

    fn try_sign_in(&mut self, slot: usize, index: AppIndex, signin: &Signin) -> Result<(), String> {
        let app = self.app(index);
        let socket_id = self.conns[slot].socket_id;
        auth::verify_user(
            app.credentials(),
            socket_id,
            &signin.user_data,
            &signin.auth,
        )
        .map_err(|error| error.to_string())?;
        let user = user::parse(&signin.user_data, self.member_limits())
            .map_err(|error| format!("invalid user_data: {error}"))?;
        let conn = &mut self.conns[slot];
        match conn.user() {
            Some(earlier) if earlier.user_id == user.user_id => return Ok(()),
            Some(_) => return Err("this connection is another user's already".to_owned()),
            None => {}
        }
        let connections = self.users.entry((index, Arc::clone(&user.user_id)));
        connections.or_default().push(slot);
        conn.identity.get_or_insert_default().user = Some(user);
        conn.authorized = true;
        Ok(())
    }

    /// Ends what signing in began.
    pub(super) fn sign_out(&mut self, slot: usize) {
        let conn = &mut self.conns[slot];
        let identity = conn.identity.take();
        let (Some(app), Some(user)) = (conn.app, identity.and_then(|identity| identity.user))
        else {
            return;
        };
        let key = (app, user.user_id);
        if let Some(connections) = self.users.get_mut(&key) {
            connections.retain(|&other| other != slot);
            if connections.is_empty() {
                self.users.remove(&key);
            }
        }
    }
}
