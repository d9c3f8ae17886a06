//! The input of a model of pictures.

use lime_image::Layout;
use tract_onnx::pb::GraphProto;
use tract_onnx::pb::tensor_proto::DataType;

use crate::graph::{described, inputs, sizes, tensor};
use crate::{Element, Error};

/// More pictures than a model would insist on.
const MOST_PICTURES: usize = 1 << 10;

/// The one input of a model.
#[derive(Debug, Clone)]
pub(crate) struct ImageInput {
    pub(crate) name: String,
    pub(crate) element: Element,
    /// The number of pictures the model insists on.
    pub(crate) count: Option<usize>,
    /// The sides of a picture in the order of the file, where they are fixed.
    pub(crate) sides: [Option<usize>; 3],
    /// Type and shape.
    pub(crate) found: String,
}

impl ImageInput {
    pub(crate) fn of(graph: &GraphProto) -> Result<Self, Error> {
        let inputs = inputs(graph);
        let [input] = inputs[..] else {
            return Err(Error::ImageInputs { names: inputs.iter().map(|input| input.name.clone()).collect() });
        };
        let (name, found) = (input.name.clone(), described(input));
        let wrong = || Error::ImageInput { name: name.clone(), found: found.clone() };
        let kind = tensor(input).ok_or_else(wrong)?;
        let element = match DataType::try_from(kind.elem_type) {
            Ok(DataType::Float) => Element::Float32,
            Ok(DataType::Uint8) => Element::Uint8,
            _ => return Err(wrong()),
        };
        let fixed = kind.shape.as_ref().map_or_else(|| vec![None; 4], sizes);
        let [count, sides @ ..] = <[_; 4]>::try_from(fixed).map_err(|_| wrong())?;
        if count.is_some_and(|count| count > MOST_PICTURES) {
            return Err(wrong());
        }
        Ok(Self { name, element, count, sides, found })
    }

    /// What the shape tells: the channels are the side of 1, 3 or 4, or else the one that is fixed while the other is open.
    pub(crate) fn layout(&self) -> Option<Layout> {
        let [first, _, last] = self.sides;
        let channels = |side: Option<usize>| side.is_some_and(|side| [1, 3, 4].contains(&side));
        match (channels(first), channels(last)) {
            (true, false) => Some(Layout::Nchw),
            (false, true) => Some(Layout::Nhwc),
            (true, true) => None,
            (false, false) => match (first, last) {
                (Some(_), None) => Some(Layout::Nchw),
                (None, Some(_)) => Some(Layout::Nhwc),
                _ => None,
            },
        }
    }

    /// Height, width and channels in a layout, where they are fixed.
    pub(crate) fn fixed(&self, layout: Layout) -> [Option<usize>; 3] {
        let [a, b, c] = self.sides;
        match layout {
            Layout::Nhwc => [a, b, c],
            Layout::Nchw => [b, c, a],
        }
    }
}

/// Height, width and channels in the order of a layout.
pub(crate) fn in_order<T>([height, width, channels]: [T; 3], layout: Layout) -> [T; 3] {
    match layout {
        Layout::Nhwc => [height, width, channels],
        Layout::Nchw => [channels, height, width],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_tells_the_layout_or_not() {
        let layout = |sides| {
            let (name, found) = (String::new(), String::new());
            ImageInput { name, element: Element::Float32, count: None, sides, found }.layout()
        };
        for (sides, told) in [
            ([Some(3), Some(224), Some(224)], Some(Layout::Nchw)),
            ([Some(224), Some(224), Some(3)], Some(Layout::Nhwc)),
            ([Some(1), None, None], Some(Layout::Nchw)),
            ([None, None, Some(4)], Some(Layout::Nhwc)),
            ([Some(12), None, None], Some(Layout::Nchw)),
            ([None, Some(64), Some(12)], Some(Layout::Nhwc)),
            ([Some(3), Some(64), Some(3)], None),
            ([Some(12), Some(64), Some(64)], None),
            ([None, Some(64), None], None),
            ([None; 3], None),
        ] {
            assert_eq!(layout(sides), told, "{sides:?}");
        }
    }
}
