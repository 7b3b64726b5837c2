//! Password hashing: Argon2id, off the event loop, two at a time, so that a flood of logins cannot starve the chat.

use crate::ChatError;
use crate::random::Random;
use antiphon_domain::Password;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Hashes computed at once. Each takes 19 MiB and some 20 ms of a core (OWASP's parameters, the crate's defaults: m=19 MiB, t=2, p=1).
const CONCURRENT: usize = 2;
/// A login that waited this long for its turn is told to come back.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(crate) struct Passwords {
    turns: Semaphore,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            turns: Semaphore::new(CONCURRENT),
        }
    }
}

impl Passwords {
    /// The hash to store, as a PHC string.
    pub(crate) async fn hash(
        &self,
        password: Password,
        random: &dyn Random,
    ) -> Result<String, ChatError> {
        let salt = random.bytes::<16>()?;
        self.in_turn(move || {
            let hash: Result<PasswordHash, _> =
                Argon2::default().hash_password_with_salt(password.reveal(), &salt);
            hash.map(|hash| hash.to_string())
                .map_err(|error| ChatError::Internal(error.to_string().into()))
        })
        .await?
    }

    /// Whether the password is the one behind the hash. Without a hash it takes as long, and is not: how long a refusal
    /// takes does not tell whether there is such an account.
    pub(crate) async fn verify(
        &self,
        password: Password,
        hash: Option<String>,
    ) -> Result<bool, ChatError> {
        self.in_turn(move || match hash {
            Some(hash) => {
                let hash = PasswordHash::new(&hash)
                    .map_err(|error| ChatError::Internal(error.to_string().into()))?;
                Ok(Argon2::default()
                    .verify_password(password.reveal(), &hash)
                    .is_ok())
            }
            None => {
                let in_vain: Result<PasswordHash, _> =
                    Argon2::default().hash_password_with_salt(password.reveal(), &[0; 16]);
                drop(in_vain);
                Ok(false)
            }
        })
        .await?
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ChatError> {
        let turn = tokio::time::timeout(PATIENCE, self.turns.acquire()).await;
        let _turn = turn
            .map_err(|_| ChatError::Unavailable)?
            .map_err(|error| ChatError::Internal(Box::new(error)))?;
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| ChatError::Internal(Box::new(error)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RandomUnavailable;

    #[derive(Debug)]
    struct Sevens;

    impl Random for Sevens {
        fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomUnavailable> {
            buffer.fill(7);
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_password_verifies_against_its_own_hash_only() {
        let passwords = Passwords::default();
        let password = |text: &str| Password::parse(text.to_owned()).unwrap();
        let hash = passwords
            .hash(password("correct horse"), &Sevens)
            .await
            .unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert!(
            passwords
                .verify(password("correct horse"), Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify(password("battery staple"), Some(hash))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify(password("correct horse"), None)
                .await
                .unwrap()
        );
    }
}
