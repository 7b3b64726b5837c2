//! Addresses of files: whoever has one may open the file, for a while, and nobody can make one.
//!
//! An image in a page is fetched without any header that a script could set, so the address itself says that it is allowed:
//! the file's id and the end of its time, signed. Only who may read the message is told the address, and every reading of
//! the message tells a fresh one. Between two ends of time it is the same, so that a browser fetches a picture once.

use antiphon_domain::{AttachmentId, Clock};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::sync::Arc;

/// What the key is derived for: a key of one purpose signs nothing of another.
const PURPOSE: &[u8] = b"antiphon: file links, version 1";
/// An address is good for its lifetime and at most a quarter longer.
const STEPS_PER_LIFETIME: i64 = 4;
/// Bytes of a signature that stand in an address: 2^128 guesses are enough.
const SIGNATURE: usize = 16;

/// Which bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// The file as it was sent.
    File,
    /// Its small picture.
    Thumbnail,
}

impl Variant {
    const fn suffix(self) -> &'static str {
        match self {
            Self::File => "",
            Self::Thumbnail => "/thumbnail",
        }
    }
}

/// Why an address is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkError {
    /// Nobody here made it.
    Forged,
    /// Its time is over; reading the message again tells a new one.
    Expired,
}

/// Makes and checks addresses of files.
#[derive(Clone)]
pub struct FileLinks {
    key: Arc<Hmac<Sha256>>,
    /// Tells the keys of before and after a change apart, and says nothing of either.
    key_id: Arc<str>,
    base_url: Arc<str>,
    lifetime_seconds: i64,
    clock: Arc<dyn Clock>,
}

impl FileLinks {
    /// Addresses under `base_url` (such as `https://chat.example.com`, or empty for paths), good for `lifetime_seconds` at least.
    /// `secret` is the installation's; the key is derived from it.
    pub fn new(
        secret: &[u8],
        base_url: &str,
        lifetime_seconds: i64,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let keyed = |key: &[u8]| {
            Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length")
        };
        let derived = keyed(secret).chain_update(PURPOSE).finalize().into_bytes();
        let key = keyed(&derived);
        let id = key.clone().chain_update(b"id").finalize().into_bytes();
        Self {
            key: Arc::new(key),
            key_id: URL_SAFE_NO_PAD.encode(&id[..3]).into(),
            base_url: base_url.trim_end_matches('/').into(),
            lifetime_seconds: lifetime_seconds.max(1),
            clock,
        }
    }

    /// The address of a file from now on.
    pub fn url(&self, id: AttachmentId, variant: Variant) -> String {
        let step = (self.lifetime_seconds / STEPS_PER_LIFETIME).max(1);
        let now = self.clock.now().as_seconds();
        let expires = ((now + self.lifetime_seconds).div_euclid(step) + 1) * step;
        let signature = self.mac(id, variant, expires).finalize().into_bytes();
        format!(
            "{}/files/{id}{}?expires={expires}&signature={}.{}",
            self.base_url,
            variant.suffix(),
            self.key_id,
            URL_SAFE_NO_PAD.encode(&signature[..SIGNATURE]),
        )
    }

    /// Whether an address is good now, and for how many seconds still.
    pub fn check(
        &self,
        id: AttachmentId,
        variant: Variant,
        expires: i64,
        signature: &str,
    ) -> Result<i64, LinkError> {
        let signature = signature
            .strip_prefix(&*self.key_id)
            .and_then(|rest| rest.strip_prefix('.'))
            .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
            .filter(|signature| signature.len() == SIGNATURE)
            .ok_or(LinkError::Forged)?;
        self.mac(id, variant, expires)
            .verify_truncated_left(&signature)
            .map_err(|_| LinkError::Forged)?;
        let left = expires - self.clock.now().as_seconds();
        if left > 0 {
            Ok(left)
        } else {
            Err(LinkError::Expired)
        }
    }

    fn mac(&self, id: AttachmentId, variant: Variant, expires: i64) -> Hmac<Sha256> {
        let signed = format!("{id}{}:{expires}", variant.suffix());
        Hmac::clone(&self.key).chain_update(signed.as_bytes())
    }
}

impl std::fmt::Debug for FileLinks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileLinks")
            .field("key_id", &self.key_id)
            .field("base_url", &self.base_url)
            .field("lifetime_seconds", &self.lifetime_seconds)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use antiphon_domain::Timestamp;
    use std::sync::atomic::{AtomicI64, Ordering};

    #[derive(Debug)]
    struct At(AtomicI64);

    impl Clock for At {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(self.0.load(Ordering::Relaxed) * 1_000_000)
        }
    }

    const ID: AttachmentId = AttachmentId(7);

    fn links(secret: &str) -> (FileLinks, Arc<At>) {
        let clock = Arc::new(At(AtomicI64::new(1_700_000_000)));
        let shared: Arc<dyn Clock> = Arc::<At>::clone(&clock);
        (
            FileLinks::new(secret.as_bytes(), "https://chat.example.com/", 3600, shared),
            clock,
        )
    }

    fn parts(url: &str) -> (i64, String) {
        let (expires, signature) = url
            .split_once("?expires=")
            .and_then(|(_, rest)| rest.split_once("&signature="))
            .unwrap();
        (expires.parse().unwrap(), signature.to_owned())
    }

    #[test]
    fn an_address_is_good_for_its_time_and_the_same_for_a_part_of_it() {
        let (links, clock) = links("secret");
        let url = links.url(ID, Variant::File);
        assert!(url.starts_with("https://chat.example.com/files/7?expires="));
        let (expires, signature) = parts(&url);
        let left = links.check(ID, Variant::File, expires, &signature).unwrap();
        assert!((3600..=4500).contains(&left), "{left}");
        clock
            .0
            .store(expires - left + left % 900, Ordering::Relaxed);
        assert_eq!(
            links.check(ID, Variant::File, expires, &signature),
            Ok(left - left % 900)
        );
        clock.0.store(expires, Ordering::Relaxed);
        assert_eq!(
            links.check(ID, Variant::File, expires, &signature),
            Err(LinkError::Expired)
        );
        clock.0.store(1_700_000_050, Ordering::Relaxed);
        assert_eq!(links.url(ID, Variant::File), url);
    }

    #[test]
    fn what_was_signed_for_one_opens_no_other() {
        let (links, _) = links("secret");
        let (expires, signature) = parts(&links.url(ID, Variant::File));
        let check = |id, variant, expires, signature: &str| {
            links.check(AttachmentId(id), variant, expires, signature)
        };
        assert!(check(7, Variant::File, expires, &signature).is_ok());
        for (id, variant, expires, signature) in [
            (8, Variant::File, expires, signature.as_str()),
            (7, Variant::Thumbnail, expires, &signature),
            (7, Variant::File, expires + 900, &signature),
            (7, Variant::File, expires, &signature[..signature.len() - 1]),
            (7, Variant::File, expires, &signature[..5]),
            (7, Variant::File, expires, ""),
        ] {
            assert_eq!(
                check(id, variant, expires, signature),
                Err(LinkError::Forged),
                "{id} {variant:?} {expires} {signature}"
            );
        }
    }

    #[test]
    fn another_installations_address_is_forged() {
        let (ours, _) = links("secret");
        let (theirs, _) = links("another");
        let (expires, signature) = parts(&theirs.url(ID, Variant::File));
        assert_eq!(
            ours.check(ID, Variant::File, expires, &signature),
            Err(LinkError::Forged)
        );
    }
}
