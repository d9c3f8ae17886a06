//! The labels of a classifier's outputs, where its file says them.

use std::collections::HashSet;

use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{GraphProto, NodeProto, TensorProto};

/// The labels in the order of the scores, as text.
///
/// They are what a map is made with (`ZipMap`), or else what is nearest to the output that holds the label of a row: the
/// classes that it is picked from, or those of a classifier. Where labels are the numbers of others, the outermost count.
pub(crate) fn class_labels(graph: &GraphProto, scores: &str) -> Option<Vec<String>> {
    if let Some(map) = graph.node.iter().find(|node| node.op_type == "ZipMap" && node.input.iter().any(|i| i == scores))
    {
        return attribute(map);
    }
    let others = graph.output.iter().map(|output| &*output.name).filter(|&name| name != scores);
    others.chain([scores]).find_map(|output| nearest(graph, output))
}

/// The labels in the node nearest to an output, on the way back from it.
fn nearest(graph: &GraphProto, output: &str) -> Option<Vec<String>> {
    let (mut seen, mut ahead) = (HashSet::new(), vec![output]);
    while !ahead.is_empty() {
        let mut next = Vec::new();
        for name in ahead.into_iter().filter(|name| !name.is_empty()) {
            let makers = graph.node.iter().enumerate().filter(|(_, node)| node.output.iter().any(|made| made == name));
            for (place, node) in makers {
                if !seen.insert(place) {
                    continue;
                }
                if let Some(labels) = attribute(node).or_else(|| picked(graph, node)) {
                    return Some(labels);
                }
                next.extend(node.input.iter().map(String::as_str));
            }
        }
        ahead = next;
    }
    None
}

/// The labels among the attributes of a node. Those of an encoder are in the order of the numbers they stand for.
fn attribute(node: &NodeProto) -> Option<Vec<String>> {
    let find = |name: &str| node.attribute.iter().find(|attribute| attribute.name == name);
    if node.op_type == "LabelEncoder" {
        let (keys, values) = (find("keys_int64s")?, find("values_strings")?);
        let counted = keys.ints.iter().zip(0..).all(|(&key, place)| key == place);
        return (counted && keys.ints.len() == values.strings.len()).then(|| texts(&values.strings)).flatten();
    }
    ["classlabels_strings", "classlabels_int64s", "classlabels_ints"].iter().find_map(|name| {
        let labels = find(name)?;
        let labels = if labels.strings.is_empty() { digits(&labels.ints) } else { texts(&labels.strings)? };
        (!labels.is_empty()).then_some(labels)
    })
}

/// The constant that a node picks labels from.
fn picked(graph: &GraphProto, node: &NodeProto) -> Option<Vec<String>> {
    let from = (node.op_type == "ArrayFeatureExtractor").then(|| node.input.first())??;
    let classes = graph.initializer.iter().find(|tensor| tensor.name == *from)?;
    let labels = entries(classes)?;
    (labels.len() > 1).then_some(labels)
}

/// The entries of a constant of text or integers.
fn entries(tensor: &TensorProto) -> Option<Vec<String>> {
    match DataType::try_from(tensor.data_type).ok()? {
        DataType::String => texts(&tensor.string_data),
        DataType::Int64 if tensor.raw_data.is_empty() => Some(digits(&tensor.int64_data)),
        DataType::Int64 => {
            Some(tensor.raw_data.as_chunks().0.iter().map(|&b| i64::from_le_bytes(b).to_string()).collect())
        }
        DataType::Int32 if tensor.raw_data.is_empty() => Some(digits(&tensor.int32_data)),
        DataType::Int32 => {
            Some(tensor.raw_data.as_chunks().0.iter().map(|&b| i32::from_le_bytes(b).to_string()).collect())
        }
        _ => None,
    }
}

/// The names of classes in a file's metadata, as Ultralytics writes them: `{0: 'cat', 1: 'dog'}`, numbered from 0 in their order.
#[cfg(feature = "image")]
pub(crate) fn metadata_names(text: &str) -> Option<Vec<String>> {
    let mut rest = text.trim().strip_prefix('{')?.strip_suffix('}')?.trim();
    let mut names: Vec<String> = Vec::new();
    while !rest.is_empty() {
        let (number, after) = rest.split_once(':')?;
        if number.trim().parse() != Ok(names.len()) {
            return None;
        }
        let (name, after) = quoted(after.trim_start())?;
        names.push(name);
        let after = after.trim_start();
        rest = if after.is_empty() { after } else { after.strip_prefix(',')?.trim_start() };
    }
    (!names.is_empty()).then_some(names)
}

/// The text in quotes that comes first, and what follows it.
#[cfg(feature = "image")]
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut characters = text.chars();
    let quote = characters.next().filter(|&quote| quote == '\'' || quote == '"')?;
    let mut content = String::new();
    loop {
        match characters.next()? {
            end if end == quote => return Some((content, characters.as_str())),
            '\\' => content.push(characters.next().filter(|&escaped| ['\'', '"', '\\'].contains(&escaped))?),
            other => content.push(other),
        }
    }
}

fn digits<T: ToString>(labels: &[T]) -> Vec<String> {
    labels.iter().map(T::to_string).collect()
}

fn texts(labels: &[Vec<u8>]) -> Option<Vec<String>> {
    labels.iter().map(|label| String::from_utf8(label.clone()).ok()).collect()
}

#[cfg(all(test, feature = "image"))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_of_metadata_are_a_dictionary_of_python() {
        let names = |text| metadata_names(text);
        assert_eq!(names("{0: 'no face', 1: 'face'}").unwrap(), ["no face", "face"]);
        assert_eq!(names(r#" {0:"it's", 1 : 'a, b: \'c\' \\ {d}',} "#).unwrap(), ["it's", r"a, b: 'c' \ {d}"]);
        for broken in
            ["", "{}", "{0: 'a'", "{1: 'a'}", "{0: 'a', 2: 'b'}", "{0: 'a' 1: 'b'}", "{0: 'a}", "{0: a}", "['a']"]
        {
            assert_eq!(names(broken), None, "{broken}");
        }
    }
}
