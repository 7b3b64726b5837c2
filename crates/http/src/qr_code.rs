//! A QR code as the path of an SVG, so that the secret in it never leaves the page.

use qrcodegen::{DataTooLong, QrCode, QrCodeEcc};
use std::fmt::Write as _;

/// The code of a text: how many squares it has on a side, and a path with each dark run as a rectangle of height 1. Its quiet zone of
/// four squares is for whoever draws it.
pub(crate) fn path(text: &str) -> Result<(i32, String), DataTooLong> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium)?;
    let size = code.size();
    let mut path = String::new();
    for y in 0..size {
        let mut x = 0;
        while x < size {
            let run = (x..size).take_while(|x| code.get_module(*x, y)).count();
            let run = i32::try_from(run).unwrap_or(0);
            if run > 0 {
                // To a String it cannot fail.
                let _written = write!(path, "M{x} {y}h{run}v1h-{run}z");
            }
            x += run.max(1);
        }
    }
    Ok((size, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_three_finders() {
        let (size, path) = path("otpauth://totp/a:b?secret=GEZDGNBVGY3TQOJQ&issuer=a").unwrap();
        assert_eq!((size - 17) % 4, 0);
        for finder in [
            "M0 0h7v1h-7z".to_owned(),
            format!("M{} 0h7v1h-7z", size - 7),
            format!("M0 {}h7v1h-7z", size - 1),
        ] {
            assert!(path.contains(&finder), "{finder} in {path}");
        }
        assert!(super::path(&"x".repeat(5000)).is_err());
    }
}
