//! A text cut at the units of an explanation's features.

use lime_core::{Detail, Details, Explanation, FeatureWeight, TargetExplanation};

/// A part of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Piece<'a> {
    pub(crate) text: &'a str,
    /// The feature that it is a unit of; none between two units.
    pub(crate) feature: Option<&'a FeatureWeight>,
}

/// The text that an explanation is of, if it is of one.
pub(crate) fn text_of(explanation: &Explanation) -> Option<&str> {
    match explanation.details.get("text") {
        Some(Detail::Text(text)) => Some(text),
        _ => None,
    }
}

/// All of a text, with the units of those features apart that have a weight. Of units that overlap the first is taken, and none
/// that is no part of the text: a document from elsewhere may say anything.
pub(crate) fn pieces<'a>(text: &'a str, target: &'a TargetExplanation) -> Vec<Piece<'a>> {
    let mut places: Vec<(usize, usize, &FeatureWeight)> = Vec::new();
    for feature in target.features.iter().filter(|feature| feature.weight != 0.0) {
        places.extend(bytes(&feature.details).into_iter().map(|(start, end)| (start, end, feature)));
    }
    places.sort_by_key(|&(start, ..)| start);
    let mut pieces = Vec::with_capacity(2 * places.len() + 1);
    let mut from = 0;
    for (start, end, feature) in places {
        let (Some(before), Some(unit)) = (text.get(from..start), text.get(start..end)) else { continue };
        pieces.extend([Piece { text: before, feature: None }, Piece { text: unit, feature: Some(feature) }]);
        from = end;
    }
    pieces.extend(text.get(from..).map(|rest| Piece { text: rest, feature: None }));
    pieces.retain(|piece| !piece.text.is_empty());
    pieces
}

/// Where a feature stands in the text, in bytes.
fn bytes(details: &Details) -> Vec<(usize, usize)> {
    let Some(Detail::List(places)) = details.get("bytes") else { return Vec::new() };
    let pair = |place: &Detail| match place {
        Detail::List(ends) => match ends.as_slice() {
            [Detail::Integer(start), Detail::Integer(end)] => {
                Some((usize::try_from(*start).ok()?, usize::try_from(*end).ok()?))
            }
            _ => None,
        },
        _ => None,
    };
    places.iter().filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_the_text() {
        let text = "bad, good é good";
        let document = r#"{"format":"lime-explanation","version":1,"kind":"text","samples":2,"seed":0,"prediction":[1.0],
            "explanations":[{"target":0,"name":null,"intercept":0.0,"local_prediction":1.0,"score":null,"features":[
            {"index":1,"name":"good","weight":0.5,"bytes":[[5,9],[13,17],[10,11],[16,17],[3],[4,3],["a","b"]]},
            {"index":0,"name":"bad","weight":-0.25,"bytes":[[0,3],[2,7],[90,99],[-1,2]]},
            {"index":2,"name":"é","weight":0.0,"bytes":[[10,12]]}]}]}"#;
        let explanation: Explanation = serde_json::from_str(document).unwrap();
        let pieces = pieces(text, &explanation.targets[0]);
        let parts: Vec<(&str, Option<usize>)> =
            pieces.iter().map(|piece| (piece.text, piece.feature.map(|feature| feature.index))).collect();
        let expected = [("bad", Some(0)), (", ", None), ("good", Some(1)), (" é ", None), ("good", Some(1))];
        assert_eq!(parts, expected);
    }
}
