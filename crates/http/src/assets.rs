//! The web parts, inside the binary: entry files by their name, everything else by a name that changes with its content.

use crate::error::ApiError;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Dist;

/// Files under this folder have their content's hash in their name.
const HASHED: &str = "assets/";

/// Whether the binary was built with the web parts inside.
pub fn web_parts_present() -> bool {
    Dist::get("chatbot-widget.js").is_some()
}

/// The file at this path, in the smallest encoding that the client takes.
pub(crate) fn serve(path: &str, headers: &HeaderMap) -> Result<Response, ApiError> {
    let plain = Dist::get(path).ok_or_else(|| missing(path))?;
    let accepted = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let (encoding, file) = [("br", ".br"), ("gzip", ".gz")]
        .into_iter()
        .filter(|(encoding, _)| accepts(accepted, encoding))
        .find_map(|(encoding, suffix)| {
            Some((Some(encoding), Dist::get(&format!("{path}{suffix}"))?))
        })
        .unwrap_or((None, plain));
    let etag = etag(&file);
    let unchanged = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == etag.as_bytes());
    let mut response = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        file.data.into_owned().into_response()
    };
    let answer = response.headers_mut();
    answer.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(content_type(path)),
    );
    answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    answer.insert(header::ETAG, etag);
    let cache = match path.starts_with(HASHED) {
        true => "public, max-age=31536000, immutable",
        // The scripts in the owner's pages: new versions reach every visitor within minutes.
        false if path.ends_with(".js") => "public, max-age=300, stale-while-revalidate=86400",
        false => "no-cache",
    };
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    // The script and its chunks are loaded by pages of other origins.
    answer.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    answer.insert(
        "cross-origin-resource-policy",
        HeaderValue::from_static("cross-origin"),
    );
    if let Some(encoding) = encoding {
        answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Ok(response)
}

fn missing(path: &str) -> ApiError {
    if web_parts_present() {
        return ApiError::not_found(path);
    }
    ApiError::new(
        StatusCode::NOT_FOUND,
        "This binary was built without the web parts (widget, test page, inbox): build it with `cargo xtask build`",
    )
}

fn accepts(header: &str, encoding: &str) -> bool {
    header.split(',').any(|item| {
        let (name, weight) = item.split_once(';').unwrap_or((item, ""));
        name.trim().eq_ignore_ascii_case(encoding)
            && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

fn etag(file: &EmbeddedFile) -> HeaderValue {
    let hash: String = file.metadata.sha256_hash()[..12]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    HeaderValue::from_str(&format!("\"{hash}\""))
        .unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_is_used_only_where_it_is_taken() {
        assert!(accepts("gzip, deflate, br;q=1.0", "br"));
        assert!(!accepts("gzip, br;q=0", "br"));
        assert!(!accepts("brotli", "br"));
        assert!(!accepts("", "gzip"));
    }
}
