"""Trains the classifier that the example target serves.

Reads scikit-learn's handwritten digits (8x8 pixels, values 0 to 16), keeps a
part of them out of the training, and writes, for one seed always the same:

- digits-svm.json   the model, which the server includes when it is built
- heldout.json      the samples kept out, by which the tests judge the server
- payloads/digits-1.json, payloads/digits-64.json   requests made of them

Usage: pip install scikit-learn && python examples/inference_server/train.py
"""

import json
from pathlib import Path

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

SEED = 20
HELD_OUT = 360
# A wide kernel keeps the support vectors few, and with them the model file.
GAMMA = 0.0005
PENALTY = 2.0

HERE = Path(__file__).resolve().parent
PAYLOADS = HERE.parent.parent / "payloads"


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def whole_numbers(pixels):
    """The pixels of a sample: scikit-learn has them as floats without fraction."""
    return [int(pixel) for pixel in pixels]


def rounded(numbers):
    return [round(float(number), 6) for number in numbers]


def lines(items):
    """A JSON array with one item a line, so that a new model is a readable diff."""
    return "[\n" + ",\n".join(compact(item) for item in items) + "\n]"


def write_model(model):
    labels = [label for label, count in zip(model.classes_, model.n_support_) for _ in range(count)]
    support_vectors = [
        {"class": int(label), "pixels": whole_numbers(pixels), "coefficients": rounded(coefficients)}
        for label, pixels, coefficients in zip(labels, model.support_vectors_, model.dual_coef_.T)
    ]
    (HERE / "digits-svm.json").write_text(
        '{"name":"digits-svm","version":"1",\n'
        f'"gamma":{GAMMA},\n'
        f'"intercepts":{compact(rounded(model.intercept_))},\n'
        f'"support_vectors":{lines(support_vectors)}}}\n'
    )


def write_held_out(samples, labels):
    items = [{"label": int(label), "pixels": whole_numbers(pixels)} for pixels, label in zip(samples, labels)]
    (HERE / "heldout.json").write_text(f'{{"samples":{lines(items)}}}\n')


def write_payload(samples):
    count = len(samples)
    rows = ",\n".join(compact(whole_numbers(pixels))[1:-1] for pixels in samples)
    PAYLOADS.mkdir(exist_ok=True)
    (PAYLOADS / f"digits-{count}.json").write_text(
        f'{{"inputs":[{{"name":"predict","shape":[{count},64],"datatype":"FP32",'
        f'"contents":{{"fp32_contents":[\n{rows}\n]}}}}]}}\n'
    )


def main():
    samples, labels = load_digits(return_X_y=True)
    training, held_out, training_labels, held_out_labels = train_test_split(
        samples, labels, test_size=HELD_OUT, random_state=SEED, stratify=labels
    )
    model = SVC(kernel="rbf", C=PENALTY, gamma=GAMMA).fit(training, training_labels)
    write_model(model)
    write_held_out(held_out, held_out_labels)
    write_payload(held_out[:1])
    write_payload(held_out[:64])
    accuracy = model.score(held_out, held_out_labels)
    print(f"trained on {len(training)} samples, {len(model.support_)} support vectors")
    print(f"accuracy on {len(held_out)} held-out samples: {accuracy:.4f}")


if __name__ == "__main__":
    main()
