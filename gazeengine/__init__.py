"""The engine of FisherGaze: gaze prediction, Fisher pruning and what they cost. It knows no Qt."""
