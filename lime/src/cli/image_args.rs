//! The arguments of `lime image`.

use std::path::PathBuf;

use clap::Args;

use super::args::{Runtime, at_least_one, positive};
use super::parameters::{Parameters, parameters};
use super::shared_args::{RunArgs, SubjectArgs};

/// Explains an ONNX model's prediction for a picture: which superpixels moved it, and by how much.
///
/// The picture is a PNG, JPEG, WebP, TIFF or GIF file. It is cut into superpixels (--segments), which are hidden at random behind something
/// else (--fill), and the model is asked for each of the pictures that come out of it.
#[derive(Debug, Args)]
#[command(
    mut_arg("top", |arg| arg.help("Explain the K outputs with the highest scores; pictures show the first")),
    mut_arg("features", |arg| {
        arg.default_value("5").help("How many superpixels are shown; with --select, how many the explanation has")
    }),
    mut_arg("select", |arg| {
        let help = "How the original preset chooses the superpixels of the explanation (none: all are in it; auto: forward \
            up to 6, highest-weights beyond) [default: none]";
        arg.help(help)
    }),
    mut_arg("samples", |arg| arg.default_value("1000").help("How many perturbed pictures the model is asked for")),
    mut_arg("batch", |arg| arg.default_value("10").help("Pictures the model is asked for at once")),
    mut_arg("json", |arg| {
        let help = "Write the explanation as JSON to a file, or to standard output with -, instead of drawing it on the \
            terminal";
        arg.help(help)
    }),
)]
pub(crate) struct ImageArgs {
    /// The model, an ONNX file: one input of pictures, (n, channels, height, width) or (n, height, width, channels)
    #[arg(long, value_name = "M.onnx")]
    pub(crate) model: PathBuf,

    /// The picture
    #[arg(long, value_name = "PICTURE")]
    pub(crate) image: PathBuf,

    /// The size to bring the picture to before anything else, in pixels
    #[arg(long, value_name = "WxH", value_parser = size)]
    pub(crate) resize: Option<(usize, usize)>,

    /// The colour behind transparent pixels, where the model takes none
    #[arg(long, value_name = "#RRGGBB", default_value = "#ffffff", value_parser = colour)]
    pub(crate) background: [u8; 3],

    /// How the picture is cut into superpixels: quickshift, slic, felzenszwalb or grid, with their settings after a colon
    /// (quickshift:kernel_size=4,max_dist=200,ratio=0.2,sigma=0,seed=0; slic:segments=100,compactness=10,sigma=0,adaptive=0;
    /// felzenszwalb:scale=100,sigma=0.5,min_size=50; grid:rows=8,cols=8), or a label map: a picture with a colour for
    /// each superpixel
    #[arg(long, value_name = "RULE|FILE", default_value = "quickshift", value_parser = parameters)]
    pub(crate) segments: Parameters,

    /// Join the superpixels that differ least until there are no more than K
    #[arg(long, value_name = "K", value_parser = at_least_one)]
    pub(crate) at_most: Option<usize>,

    /// What stands where a superpixel is hidden: mean (its own), image-mean, blur (blur:sigma=10), noise (noise:seed=0,normal=0),
    /// inpaint (from what is around it), a colour (#808080), or a picture
    #[arg(long, value_name = "RULE|#RRGGBB|FILE", default_value = "mean", value_parser = parameters)]
    pub(crate) fill: Parameters,

    /// How the model's numbers lie [default: what the file tells]
    #[arg(long, value_enum)]
    pub(crate) layout: Option<Layout>,

    /// What the model's numbers are: 0..1, 0..255, imagenet, or the means and then the standard deviations of the channels, of numbers
    /// from 0 to 1 (0.5,0.25 for all channels; three and three for RGB) [default: 0..1, and 0..255 where the model takes bytes]
    #[arg(long, value_name = "RANGE|NUMBERS", value_parser = scale)]
    pub(crate) scale: Option<Range>,

    /// What runs the model (auto: tract where it can, else ONNX Runtime)
    #[arg(long, value_enum, default_value_t = Runtime::Auto)]
    pub(crate) runtime: Runtime,

    /// The output to explain, by class name where the model's file has them, or by index from 0 [default: the model's top output]
    #[arg(long, value_name = "NAME|INDEX", group = "outputs")]
    pub(crate) target: Option<String>,

    #[command(flatten)]
    pub(crate) subject: SubjectArgs,

    /// The width of the kernel on the cosine distance of masks
    #[arg(long, value_name = "W", default_value_t = 0.25, value_parser = positive)]
    pub(crate) kernel_width: f64,

    #[command(flatten)]
    pub(crate) run: RunArgs,

    /// Draw the picture with the superpixels that count most outlined: green where they raise the output, red where they lower it
    #[arg(long, value_name = "P.png")]
    pub(crate) out: Option<PathBuf>,

    /// Draw the weights of all superpixels over the picture, red above 0 and blue below
    #[arg(long, value_name = "P.png")]
    pub(crate) heatmap: Option<PathBuf>,

    /// Write the superpixels as a label map: a PNG of 16 bits, numbers from 0
    #[arg(long, value_name = "P.png")]
    pub(crate) segments_out: Option<PathBuf>,
}

/// How a model's numbers lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Layout {
    Nchw,
    Nhwc,
}

/// What a model's numbers are.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Range {
    Unit,
    Bytes,
    Standardised { mean: Vec<f32>, std: Vec<f32> },
}

fn scale(text: &str) -> Result<Range, String> {
    match text {
        "0..1" => return Ok(Range::Unit),
        "0..255" => return Ok(Range::Bytes),
        // What torchvision's models are trained with.
        "imagenet" => {
            let (mean, std) = (vec![0.485, 0.456, 0.406], vec![0.229, 0.224, 0.225]);
            return Ok(Range::Standardised { mean, std });
        }
        _ => {}
    }
    let numbers: Result<Vec<f32>, _> = text.split(',').map(|number| number.trim().parse()).collect();
    match numbers {
        Ok(numbers) if numbers.len() % 2 == 0 => {
            let (mean, std) = numbers.split_at(numbers.len() / 2);
            Ok(Range::Standardised { mean: mean.into(), std: std.into() })
        }
        _ => Err("it must be 0..1, 0..255, imagenet, or as many means as standard deviations, as in 0.5,0.25".into()),
    }
}

fn size(text: &str) -> Result<(usize, usize), String> {
    let sides =
        text.split_once(['x', 'X']).and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    match sides {
        Some((width, height)) if width > 0 && height > 0 => Ok((width, height)),
        _ => Err("it must be a width and a height in pixels, as in 224x224".into()),
    }
}

/// A colour in hexadecimal digits, with a # or without.
pub(crate) fn colour(text: &str) -> Result<[u8; 3], String> {
    let digits = text.strip_prefix('#').unwrap_or(text);
    let value = u32::from_str_radix(digits, 16).ok().filter(|_| digits.len() == 6 && !digits.starts_with('+'));
    let [_, red, green, blue] =
        value.ok_or("it must be a colour of six hexadecimal digits, as in #808080")?.to_be_bytes();
    Ok([red, green, blue])
}
