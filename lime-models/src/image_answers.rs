//! From runs of an engine to the answers of a batch of pictures.

/// The answers picture by picture, and their number for each.
pub(crate) type Answers = (Vec<f64>, usize);

/// The answers to a batch, by runs of `chunk` pictures where the model insists on their number.
pub(crate) fn in_chunks<T: Copy>(
    batch: &[T],
    shape: [usize; 4],
    chunk: Option<usize>,
    once: impl Fn(&[T], [usize; 4]) -> Result<Answers, String>,
) -> Result<Answers, String> {
    let [count, a, b, c] = shape;
    let Some(chunk) = chunk.filter(|&chunk| chunk != count) else { return once(batch, shape) };
    let size = a * b * c;
    let (mut answers, mut outputs) = (Vec::new(), None);
    for part in batch.chunks(chunk * size) {
        let given = part.len() / size;
        let (answer, found) = if given == chunk {
            once(part, [chunk, a, b, c])?
        } else {
            // The pictures that are missing from the last chunk repeat its last.
            let mut full = part.to_vec();
            (given..chunk).for_each(|_| full.extend_from_slice(&part[part.len() - size..]));
            once(&full, [chunk, a, b, c])?
        };
        if *outputs.get_or_insert(found) != found {
            return Err("it gave answers of different lengths".into());
        }
        answers.extend_from_slice(&answer[..given * found]);
    }
    Ok((answers, outputs.unwrap_or(0)))
}

/// The number of outputs of each of `count` pictures in an answer of this shape: (n,), or (n, k) with sides of 1 around k.
pub(crate) fn outputs_of(shape: &[usize], count: usize) -> Option<usize> {
    let (&first, sides) = shape.split_first()?;
    let several = sides.iter().filter(|&&side| side != 1).count();
    let outputs: usize = sides.iter().product();
    (first == count && several < 2 && outputs > 0).then_some(outputs)
}

/// The same of a shape with open sides. The outer none is for a shape that no number of pictures fits.
pub(crate) fn open_outputs(sides: impl IntoIterator<Item = Option<usize>>) -> Option<Option<usize>> {
    let (mut fixed, mut open) = (1, false);
    for side in sides {
        match side {
            Some(1) => {}
            Some(side) if fixed == 1 => fixed = side,
            Some(_) => return None,
            None => open = true,
        }
    }
    Some((!open).then_some(fixed))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn sides_of_one_do_not_count() {
        assert_eq!(outputs_of(&[4], 4), Some(1));
        assert_eq!(outputs_of(&[4, 7], 4), Some(7));
        assert_eq!(outputs_of(&[4, 7, 1, 1], 4), Some(7));
        assert_eq!(outputs_of(&[4, 1, 1, 7], 4), Some(7));
        assert_eq!(outputs_of(&[1, 1, 1], 1), Some(1));
        for (shape, count) in [(&[][..], 1), (&[3, 4], 4), (&[4, 0], 4), (&[4, 7, 2], 4)] {
            assert_eq!(outputs_of(shape, count), None, "{shape:?}");
        }
        assert_eq!(open_outputs([Some(7), Some(1)]), Some(Some(7)));
        assert_eq!(open_outputs([]), Some(Some(1)));
        assert_eq!(open_outputs([Some(7), None]), Some(None));
        assert_eq!(open_outputs([Some(7), Some(2)]), None);
    }

    #[test]
    fn chunks_are_full_and_answers_are_not() {
        let once = |part: &[u8], shape: [usize; 4]| {
            assert_eq!((part.len(), shape), (3, [3, 1, 1, 1]));
            Ok((part.iter().flat_map(|&value| [f64::from(value), 0.5]).collect(), 2))
        };
        let (answers, outputs) = in_chunks(&[1, 2, 3, 4], [4, 1, 1, 1], Some(3), once).unwrap();
        assert_eq!((&answers[..], outputs), (&[1.0, 0.5, 2.0, 0.5, 3.0, 0.5, 4.0, 0.5][..], 2));
    }
}
