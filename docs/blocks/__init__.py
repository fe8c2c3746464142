"""The texts that `docs/generate.py` writes into the pages, by name."""

from collections.abc import Callable

from blocks import api, checks, classes, commands, experiments, hooks, plugins

BLOCKS: dict[str, Callable[[], str]] = {
    "base-classes": classes.base_classes,
    "checks": checks.every_check,
    "commands": commands.every_command,
    "common-options": commands.common_options,
    "errors": commands.errors,
    "experiment-fields": experiments.fields,
    "functions": api.functions,
    "hooks": hooks.every_hook,
    "names": api.names,
    "new-toml": experiments.new_toml,
    "plugins": plugins.every_plugin,
    "run-members": api.run_members,
    "public-packages": api.public_packages,
    "search-members": api.search_members,
    "settings": experiments.settings,
    "tune-settings": experiments.tune_settings,
    "trained-model-members": api.trained_model_members,
    "verdict-rule": experiments.verdict_rule,
    "workbench-members": api.workbench_members,
}
