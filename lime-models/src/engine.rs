//! What crosses the border to an engine: its errors as one line, its panics as errors.

use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The longest reason kept: the engine may print whole nodes.
const LONGEST: usize = 400;

/// The engine's answer, with a failure or a panic as one line.
pub(crate) fn guarded<T, E: Display>(work: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(one_line(&format!("{error:#}"))),
        Err(payload) => {
            let message = payload
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| payload.downcast_ref::<&str>().copied())
                .unwrap_or("without a message");
            Err(one_line(&format!("the engine panicked: {message}")))
        }
    }
}

/// The text without line breaks and not longer than [`LONGEST`] characters.
fn one_line(text: &str) -> String {
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(LONGEST) {
        line.truncate(end);
        line.push_str(" ...");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_with_its_message() {
        let answer: Result<(), String> = guarded(|| -> Result<(), String> { panic!("no {}", "luck") });
        assert_eq!(answer.unwrap_err(), "the engine panicked: no luck");
        assert_eq!(guarded(|| Ok::<_, String>(3)).unwrap(), 3);
    }

    #[test]
    fn reasons_are_one_short_line() {
        assert_eq!(one_line("a\n   b"), "a b");
        let long = one_line(&"é".repeat(LONGEST + 1));
        assert_eq!(long, "é".repeat(LONGEST) + " ...");
        assert_eq!(one_line(&"é".repeat(LONGEST)), "é".repeat(LONGEST));
    }
}
