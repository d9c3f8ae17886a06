//! A model file cut down to what one output needs, byte by byte, so that nothing else in it changes.

use crate::Error;

/// The fields of `ModelProto`, `GraphProto` and `ValueInfoProto` that are touched.
const GRAPH: u64 = 7;
const NODE: u64 = 1;
const OUTPUT: u64 = 12;
const NAME: u64 = 1;

/// The wire type of bytes, text and messages.
const LENGTH_DELIMITED: u64 = 2;

/// The bytes of a model with these of its nodes and with these outputs. A value that is none of the file's outputs is made
/// one.
pub(crate) fn reduced(model: &[u8], kept: &[bool], outputs: &[&str]) -> Result<Vec<u8>, Error> {
    let broken = || Error::NotOnnx { reason: "it ends within a field".into() };
    let mut written = Vec::with_capacity(model.len());
    let mut graphs = 0;
    for field in Fields(model) {
        let field = field.ok_or_else(broken)?;
        if field.number != GRAPH {
            written.extend_from_slice(field.whole);
            continue;
        }
        graphs += 1;
        message(&mut written, GRAPH, &graph(field.content, kept, outputs).ok_or_else(broken)?);
    }
    // A message in two parts is one; that of a graph is never written so.
    if graphs == 1 { Ok(written) } else { Err(Error::NotOnnx { reason: format!("it holds {graphs} graphs") }) }
}

fn graph(bytes: &[u8], kept: &[bool], outputs: &[&str]) -> Option<Vec<u8>> {
    let mut written = Vec::with_capacity(bytes.len());
    let mut kept = kept.iter();
    let mut declared = Vec::new();
    for field in Fields(bytes) {
        let field = field?;
        match field.number {
            NODE if kept.next() != Some(&true) => {}
            OUTPUT => declared.push(field),
            _ => written.extend_from_slice(field.whole),
        }
    }
    for output in outputs {
        let named = |field: &&Field<'_>| {
            Fields(field.content).flatten().any(|part| part.number == NAME && part.content == output.as_bytes())
        };
        match declared.iter().find(named) {
            Some(field) => written.extend_from_slice(field.whole),
            None => {
                // Its type is what the nodes make of it.
                let mut value = Vec::new();
                message(&mut value, NAME, output.as_bytes());
                message(&mut written, OUTPUT, &value);
            }
        }
    }
    Some(written)
}

fn message(written: &mut Vec<u8>, number: u64, content: &[u8]) {
    varint(written, number << 3 | LENGTH_DELIMITED);
    varint(written, content.len() as u64);
    written.extend_from_slice(content);
}

fn varint(written: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        written.push(value as u8 | 0x80);
        value >>= 7;
    }
    written.push(value as u8);
}

/// One field of a message: its number, all its bytes and those of its value.
struct Field<'a> {
    number: u64,
    whole: &'a [u8],
    content: &'a [u8],
}

/// The fields of a message. The last is nothing where the bytes are none.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Option<Field<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.0 = &[];
        }
        Some(field)
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Option<Field<'a>> {
        let bytes = self.0;
        let mut rest = bytes;
        let key = read(&mut rest)?;
        let length = match key & 7 {
            0 => {
                let mut after = rest;
                read(&mut after)?;
                rest.len() - after.len()
            }
            1 => 8,
            5 => 4,
            LENGTH_DELIMITED => usize::try_from(read(&mut rest)?).ok()?,
            _ => return None,
        };
        let (content, after) = rest.split_at_checked(length)?;
        self.0 = after;
        Some(Field { number: key >> 3, whole: &bytes[..bytes.len() - after.len()], content })
    }
}

/// The number at the start of the bytes, which it is taken off.
fn read(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for place in 0..10 {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use tract_onnx::prelude::Framework;

    use super::*;

    fn file(name: &str) -> Vec<u8> {
        std::fs::read(format!("{}/tests/data/{name}.onnx", env!("CARGO_MANIFEST_DIR"))).unwrap()
    }

    #[test]
    fn what_is_kept_is_kept_as_it_is() {
        let bytes = file("text-labels");
        let onnx = tract_onnx::onnx();
        let before = onnx.proto_model_for_read(&mut &bytes[..]).unwrap();
        let graph = before.graph.clone().unwrap();
        let all = vec![true; graph.node.len()];
        let outputs: Vec<&str> = graph.output.iter().map(|output| &*output.name).collect();
        let same = onnx.proto_model_for_read(&mut &reduced(&bytes, &all, &outputs).unwrap()[..]).unwrap();
        assert_eq!(same, before);

        let less = reduced(&bytes, &[true, false, false, false], &["made"]).unwrap();
        let less = onnx.proto_model_for_read(&mut &less[..]).unwrap().graph.unwrap();
        assert_eq!((less.node.len(), &less.node[0]), (1, &graph.node[0]));
        assert_eq!((&*less.output[0].name, less.output.len()), ("made", 1));
        assert_eq!((less.initializer, less.input), (graph.initializer, graph.input));
    }

    #[test]
    fn bytes_that_end_early_are_an_error() {
        let bytes = file("linear");
        assert!((1..bytes.len()).all(|length| {
            let cut = reduced(&bytes[..length], &[true; 4], &["variable"]);
            cut.is_err() || cut.is_ok_and(|cut| cut.len() < bytes.len())
        }));
        assert!(reduced(&[0x3c, 0x3c], &[], &[]).is_err());
    }
}
