"use client";
import { useEffect } from "react";
import { useRouter } from "next/navigation";
import { expose, handleResponse } from "../session.js";

export function Control() {
  const router = useRouter();
  useEffect(() => {
    void handleResponse().then(() =>
      expose({
        push: (path) => router.push(path),
        replace: (path) => router.replace(path),
        refresh: () => router.refresh(),
      }),
    );
  }, [router]);
  return null;
}
