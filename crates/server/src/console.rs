//! The console: which password opens it where there are no accounts, and what is printed of it.

use crate::random::SystemRandom;
use antiphon_chat::{Random as _, RandomUnavailable};
use antiphon_config::Config;
use antiphon_http::{Console, PasswordGate};
use antiphon_realtime::Hub;
use antiphon_webhooks::Webhooks;
use std::net::SocketAddr;
use std::sync::Arc;

/// Letters and digits that are not mistaken for each other: 32 of them, so that each stands for five random bits.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Characters of a password that is made: a hundred random bits.
const PASSWORD_CHARS: usize = 20;
/// A dash after so many of them makes it easier to read.
const GROUP: usize = 4;

/// The console of `reverb:start`.
#[derive(Debug)]
pub(crate) struct PasswordConsole {
    pub(crate) console: Console,
    /// The password, if it was made now.
    made: Option<String>,
}

impl PasswordConsole {
    /// The console of this hub, unless it is switched off.
    pub(crate) fn new(
        config: &Config,
        hub: &Hub,
        webhooks: &Webhooks,
    ) -> anyhow::Result<Option<Self>> {
        if !config.console.enabled {
            return Ok(None);
        }
        let made = match &config.console.password {
            Some(_) => None,
            None => Some(make_password()?),
        };
        let configured = config.console.password.as_ref();
        let password = configured.map(antiphon_config::Secret::expose);
        let gate = PasswordGate::new(
            password.or(made.as_deref()).unwrap_or_default(),
            Arc::new(SystemRandom),
            config.http.trusted_proxies.clone(),
            config.http.rate_limits,
        );
        Ok(Some(Self {
            console: Console::for_password(hub.clone(), gate).with_webhooks(webhooks.clone()),
            made,
        }))
    }

    /// What to tell the operator of a server at this address.
    pub(crate) fn line(&self, address: SocketAddr) -> String {
        let password = match &self.made {
            Some(password) => format!("password {password}"),
            None => "password: ANTIPHON_CONSOLE_PASSWORD".to_owned(),
        };
        format!("Console: {} ({password})", url(address))
    }
}

/// The console at a server that listens on this address.
pub(crate) fn url(address: SocketAddr) -> String {
    format!("http://{}/console", crate::compose::reachable(address))
}

fn make_password() -> Result<String, RandomUnavailable> {
    let mut random = [0; PASSWORD_CHARS];
    SystemRandom.fill(&mut random)?;
    Ok(spell(&random))
}

fn spell(random: &[u8]) -> String {
    let letter = |byte: &u8| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]);
    let groups = random.chunks(GROUP);
    let groups: Vec<String> = groups
        .map(|group| group.iter().map(letter).collect())
        .collect();
    groups.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_readable_and_never_the_same() {
        assert_eq!(spell(&[0, 1, 31, 32, 255]), "ab9a-9");
        let password = make_password().unwrap();
        assert_eq!(password.len(), 24);
        assert_ne!(password, make_password().unwrap());
    }
}
