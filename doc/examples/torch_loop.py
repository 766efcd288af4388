"""
How do I tune a PyTorch network in a loop of my own?
====================================================

How wide, how regular, and how it is trained: the loop is a generator that yields a score after each epoch, and
Hyperband suspends, resumes and closes it. This example needs torch and is not run when this page is built; the page
:doc:`/guide/loops` explains it.

Run it with ``python doc/examples/torch_loop.py``; it takes less than a minute on one core. The data come with
scikit-learn: 1,797 images of handwritten digits.
"""

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skhpo import Study, run_study
from skhpo.schedulers import HyperbandScheduler, hyperband_plan

N_EPOCHS = 27


def load_data():
    """Return images and digits to train on, to choose by, and to test on."""
    X, y = load_digits(return_X_y=True)
    X, y = torch.tensor(X / 16.0, dtype=torch.float32), torch.tensor(y)
    rest, test = train_test_split(
        range(len(y)), test_size=0.25, stratify=y, random_state=0
    )
    fit, choose = train_test_split(
        rest, test_size=0.25, stratify=y[rest], random_state=0
    )
    return [(X[rows], y[rows]) for rows in (fit, choose, test)]


def train(configuration, data, shown):
    """Train a network; yields its accuracy on the images `shown` after each epoch."""
    X, y = data
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Linear(64, configuration["width"]),
        torch.nn.ReLU(),
        torch.nn.Dropout(configuration["dropout"]),
        torch.nn.Linear(configuration["width"], 10),
    )
    optimizer = torch.optim.SGD(
        model.parameters(),
        lr=configuration["learning_rate"],
        momentum=configuration["momentum"],
    )
    for epoch in range(N_EPOCHS):
        torch.manual_seed(epoch)  # other loops draw from the same generator in between
        model.train()
        for rows in torch.randperm(len(y)).split(configuration["batch_size"]):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(X[rows]), y[rows]).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            accuracy = (
                (model(shown[0]).argmax(dim=1) == shown[1]).double().mean().item()
            )
        yield accuracy  # not within `no_grad`, which would hold for the other loops too


def main():
    """Tune, print the best configurations, and test the best one."""
    torch.set_num_threads(1)
    fit, choose, test = load_data()
    space = {
        "learning_rate": (1e-4, 1.0, "log-uniform"),
        "momentum": (0.0, 0.99),
        "batch_size": [16, 32, 64, 128],
        "width": (8, 256, "log-uniform"),
        "dropout": (0.0, 0.7),
    }
    scheduler = HyperbandScheduler(plan=hyperband_plan(1, N_EPOCHS))
    study = Study(space, scheduler=scheduler, random_state=0)
    run_study(study, lambda configuration: train(configuration, fit, choose))

    complete = [trial for trial in study.trials if trial.status == "complete"]
    print(
        f"{len(study.trials)} configurations, {len(complete)} of them trained for {N_EPOCHS} epochs; the best ones:"
    )
    for trial in sorted(complete, key=lambda trial: -trial.score)[:3]:
        print(
            f"  {trial.score:.3f}",
            {name: f"{value:.3g}" for name, value in trial.configuration.items()},
        )
    n_epochs = sum(trial.resource for trial in study.trials)
    print(f"{n_epochs} epochs instead of {N_EPOCHS * len(study.trials)}")
    *_, accuracy = train(study.best_configuration, fit, test)
    print(f"accuracy of the best one on the test images: {accuracy:.3f}")


if __name__ == "__main__":
    main()
