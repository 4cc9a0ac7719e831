"""The module is Kim 2014 to the letter where it says so, and its explanations are exact."""

import numpy as np
import pytest
import torch

from models.textcnn import Mode, TextCNN, TextCNNConfig
from models.training import words
from models.training.vectors import principal, table

MODES: tuple[Mode, ...] = ("rand", "static", "non-static", "multichannel")


def model(mode: Mode = "non-static", **fields: object) -> TextCNN:
    torch.manual_seed(0)
    config = TextCNNConfig(30, 3, dimensions=8, feature_maps=5, mode=mode, **fields)  # type: ignore[arg-type]
    return TextCNN(config).eval()


def by_hand(module: TextCNN, ids: list[int]) -> np.ndarray:
    """Equations 1 to 4 with loops, over the text and as much padding as a window needs."""
    tables = [module.embedding] + ([module.frozen] if module.frozen is not None else [])
    vectors = sum(part.weight.detach().double().numpy() for part in tables)
    x = [vectors[index] for index in [0] * 4 + ids + [0] * 5]
    pooled = []
    for h, convolution in zip(module.config.windows, module.convolutions, strict=True):
        filters = convolution.weight.detach().double().numpy()  # (maps, k, h)
        for w, b in zip(filters, convolution.bias.detach().double().numpy(), strict=True):
            c = [max(0.0, float((w.T * np.stack(x[i : i + h])).sum() + b)) for i in range(len(x) - h + 1)]
            pooled.append(max(c))
    weight, bias = (part.detach().double().numpy() for part in (module.classifier.weight, module.classifier.bias))
    return weight @ np.array(pooled) + bias


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("ids", [[7], [3, 4, 5, 6, 7, 8, 9, 3], [2, 2]])
def test_logits_are_the_equations_of_the_paper(mode: Mode, ids: list[int]) -> None:
    module = model(mode)
    if module.frozen is not None:
        with torch.no_grad():
            module.embedding.weight[1:] += 0.1  # as if it had been trained
    got = module(torch.tensor([ids]))["logits"][0].detach().numpy()
    np.testing.assert_allclose(got, by_hand(module, ids), atol=1e-5)


@pytest.mark.parametrize("mode", MODES)
def test_an_answer_does_not_depend_on_the_batch(mode: Mode) -> None:
    module = model(mode)
    texts = [[5], [1, 2, 3], [4] * 40]
    batch = torch.zeros(3, 40, dtype=torch.int64)
    for row, text in zip(batch, texts, strict=True):
        row[: len(text)] = torch.tensor(text)
    together = module(batch)
    for index, text in enumerate(texts):
        alone = module(torch.tensor([text]))
        assert torch.allclose(alone["logits"][0], together["logits"][index], atol=1e-6)
        assert torch.equal(alone["pool_positions"][0], together["pool_positions"][index])


def test_pairs_of_neighbours_count_and_padding_makes_none() -> None:
    module = model(pair_buckets=11, pair_dimensions=4)
    ids = torch.tensor([[0, 3, 4, 0]])
    assert module._pair_ids(ids).tolist() == [[0, (3 * 4099 + 4) % 11 + 1, 0, 0]]
    alone = module(torch.tensor([[3, 4]]))["logits"][0]
    batch = module(torch.tensor([[3, 4, 0, 0, 0], [5, 6, 7, 8, 9]]))["logits"][0]
    assert torch.allclose(alone, batch, atol=1e-6)
    assert not torch.allclose(alone, module(torch.tensor([[4, 3]]))["logits"][0], atol=1e-4)


def test_contributions_and_bias_sum_to_the_logits() -> None:
    module = model()
    found = module(torch.tensor([[3, 9, 4, 4, 12, 20]]))
    total = found["pool_contributions"].sum(1) + module.classifier.bias
    assert torch.allclose(total, found["logits"], atol=1e-6)


def test_positions_name_the_first_token_of_the_winning_window() -> None:
    module = model(windows=(2,))
    with torch.no_grad():
        module.embedding.weight.zero_()
        module.embedding.weight[7, 0] = module.embedding.weight[8, 1] = 1.0
        for parameter in module.convolutions[0].parameters():
            parameter.zero_()
        module.convolutions[0].weight[0, 0, 0] = module.convolutions[0].weight[0, 1, 1] = 1.0  # "7 8"
        module.convolutions[0].weight[1, 0, 1] = 1.0  # "? 7"
    positions = module(torch.tensor([[7, 3, 3, 7, 8, 3]]))["pool_positions"][0]
    assert positions[0] == 3
    assert positions[1] == -1  # half of the window is in the padding before the text


def test_the_rows_of_the_last_layer_are_held_to_the_norm_and_shorter_ones_left_alone() -> None:
    module = model(max_norm=3.0)
    with torch.no_grad():
        module.classifier.weight[0] = 10.0
        module.classifier.weight[1] = 0.01
        module.embedding.weight[0] = 1.0
        short = module.classifier.weight[1].clone()
        module.after_step()
    module.requires_grad_(False)
    assert float(module.classifier.weight[0].norm()) == pytest.approx(3.0, rel=1e-5)
    assert torch.equal(module.classifier.weight[1], short)
    assert not module.embedding.weight[0].any()


@pytest.mark.parametrize(("mode", "tuned"), [("rand", True), ("static", False), ("non-static", True)])
def test_the_variant_says_whether_the_word_vectors_are_trained(mode: Mode, tuned: bool) -> None:
    module = model(mode)
    module(torch.tensor([[3, 4, 5]]))["logits"].sum().backward()
    assert (module.embedding.weight.grad is not None) == tuned


def test_multichannel_trains_one_channel_and_keeps_the_other() -> None:
    module = model("multichannel")
    module(torch.tensor([[3, 4, 5]]))["logits"].sum().backward()
    assert module.embedding.weight.grad is not None
    assert module.frozen is not None and module.frozen.weight.grad is None


def test_a_word_without_a_vector_is_drawn_as_wide_as_the_known_ones() -> None:
    rng = np.random.default_rng(1)
    known = {f"w{index}": rng.normal(0, 0.5, 50).astype(np.float32) for index in range(200)}
    vocabulary = {words.PAD: 0, words.UNKNOWN: 1, "w3": 2} | {f"new{index}": 3 + index for index in range(100)}
    made = table(vocabulary, known)
    assert not made[0].any()
    np.testing.assert_array_equal(made[2], known["w3"])
    assert float(made[3:].std()) == pytest.approx(0.5, rel=0.1)


def test_principal_components_keep_the_distances_where_the_rest_is_empty() -> None:
    rng = np.random.default_rng(2)
    inside = rng.normal(size=(400, 20))
    spread = inside @ np.linalg.qr(rng.normal(size=(250, 20)))[0].T  # 20 dimensions of 250
    reduced = principal(spread)
    assert reduced.shape == (400, 200)
    for a, b in ((0, 1), (7, 300)):
        assert np.linalg.norm(reduced[a] - reduced[b]) == pytest.approx(np.linalg.norm(inside[a] - inside[b]), rel=1e-3)
