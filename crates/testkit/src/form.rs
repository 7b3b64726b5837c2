//! A `multipart/form-data` body, as a browser writes it.

use crate::http::Request;

/// What stands between the parts; random enough not to be in any file of a test.
const BOUNDARY: &str = "----AntiphonTestBoundaryq7Hs9fK2";

/// A form that is being filled in.
#[derive(Debug, Clone, Default)]
pub struct Form(Vec<u8>);

impl Form {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a field.
    #[must_use]
    pub fn field<T: ToString + ?Sized>(self, name: &str, value: &T) -> Self {
        let disposition = format!("form-data; name=\"{name}\"");
        self.part(&disposition, value.to_string().as_bytes())
    }

    /// Adds a file.
    #[must_use]
    pub fn file(self, name: &str, file_name: &str, content: &[u8]) -> Self {
        let disposition = format!("form-data; name=\"{name}\"; filename=\"{file_name}\"");
        self.part(&disposition, content)
    }

    /// Adds a part with this `Content-Disposition`, whatever it is.
    #[must_use]
    pub fn part(mut self, disposition: &str, content: &[u8]) -> Self {
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n\r\n");
        self.0.extend(head.as_bytes());
        self.0.extend(content);
        self.0.extend(b"\r\n");
        self
    }

    /// The value of the `Content-Type` header.
    pub fn content_type() -> String {
        format!("multipart/form-data; boundary={BOUNDARY}")
    }

    /// The body.
    pub fn body(&self) -> Vec<u8> {
        [&self.0[..], b"--", BOUNDARY.as_bytes(), b"--\r\n"].concat()
    }
}

impl Request {
    /// Sets the body to this form, with its content type.
    #[must_use]
    pub fn form(self, form: &Form) -> Self {
        self.header("content-type", &Form::content_type())
            .body(form.body())
    }
}
