[application].
