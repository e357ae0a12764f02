internal import Linux
