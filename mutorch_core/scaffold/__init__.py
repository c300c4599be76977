"""Files written for authors: `mutorch new` makes a complete op package, `mutorch stubs` makes type stubs."""
