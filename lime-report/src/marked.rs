//! A text with the words that count marked in place.

use lime_core::{Explanation, TargetExplanation};
use owo_colors::OwoColorize;

use crate::pieces::{pieces, text_of};

/// No longer text is shown: nobody looks for ten words in a book on a terminal.
const LONGEST: usize = 4_096;

/// The text that an explanation is of, with the units of its features in green where they raise the output and red where they
/// lower it; bold where the weight is more than half of the greatest. None where it is of no text, or of a long one.
pub(crate) fn marked(explanation: &Explanation, target: &TargetExplanation) -> Option<String> {
    let text = text_of(explanation).filter(|text| text.len() <= LONGEST)?;
    let largest = target.features.iter().fold(0.0_f64, |top, feature| top.max(feature.weight.abs()));
    let mut out = String::with_capacity(2 * text.len());
    for piece in pieces(text, target) {
        let unit = safe(piece.text);
        let Some(weight) = piece.feature.map(|feature| feature.weight) else {
            out.push_str(&unit);
            continue;
        };
        out.push_str(&match (weight > 0.0, weight.abs() * 2.0 > largest) {
            (true, true) => unit.green().bold().to_string(),
            (true, false) => unit.green().to_string(),
            (false, true) => unit.red().bold().to_string(),
            (false, false) => unit.red().to_string(),
        });
    }
    Some(out)
}

/// Without characters that move the cursor, line breaks aside.
fn safe(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explanation() -> Explanation {
        let text = r#"{"format":"lime-explanation","version":1,"kind":"text","samples":2,"seed":0,"prediction":[1.0],
            "text":"bad\u001b, good é good","explanations":[{"target":0,"name":null,"intercept":0.0,"local_prediction":1.0,
            "score":null,"features":[{"index":1,"name":"good","weight":0.5,"bytes":[[6,10],[14,18]]},
            {"index":0,"name":"bad","weight":-0.25,"bytes":[[0,3]]},{"index":2,"name":"?","weight":0.1,"bytes":[[11,12],[90,99]]}]}]}"#;
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn words_are_marked_where_they_stand() {
        let explanation = explanation();
        let marked = marked(&explanation, &explanation.targets[0]).unwrap();
        let plain: String =
            marked.split('\u{1b}').map(|part| part.split_once('m').map_or(part, |(_, rest)| rest)).collect();
        assert_eq!(plain, "bad\u{fffd}, good é good");
        assert_eq!(marked.matches("\u{1b}[31m").count(), 1);
        assert_eq!(marked.matches("\u{1b}[32m").count(), 2);
    }
}
